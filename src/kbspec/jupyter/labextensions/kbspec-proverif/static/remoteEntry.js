// ProVerif as a language of JupyterLab's editor: the cells that begin with %%pv, and .pv files.
//
// A prebuilt extension, written by hand and not bundled: this file is the container that JupyterLab loads
// (module federation, https://webpack.js.org/concepts/module-federation/). What it uses of JupyterLab and
// CodeMirror comes from the share scope that JupyterLab gives to `init`.
//
// The words and the order of the patterns are those of kbspec/lexer.py; a test compares the words.
"use strict";
(() => {
  const NAME = "kbspec-proverif";
  const MIME = "text/x-proverif";

  const DECLARATIONS =
    "axiom channel clauses const def elimtrue equation equivalence event expand forall free fun lemma letfun" +
    " letproba nounif noselect not noninterf param pred proba process proof query reduc restriction secret" +
    " select set table type weaksecret implementation";
  const STATEMENTS =
    "among choice diff do else fail foreach get if in inj-event insert let new or otherwise out phase" +
    " public_vars suchthat sync then yield attacker mess for";
  const TYPES = "bitstring bool nat time";
  const CONSTANTS = "true false is_nat";

  // The names on the right are those of https://lezer.codemirror.net/docs/ref/#highlight.tags
  const STYLES = new Map();
  for (const [words, style] of [
    [DECLARATIONS, "keyword"], [STATEMENTS, "keyword"], [TYPES, "variableName.standard"], [CONSTANTS, "atom"],
  ]) {
    for (const word of words.split(" ")) STYLES.set(word, style);
  }

  // --- the language: one token at a time, as CodeMirror's StreamLanguage asks for it

  /** `depth` counts the open comments; `tag` is whether the outermost is a structured one, (*@kind ID ...*). */
  function token(stream, state) {
    if (stream.sol()) {
      state.type = false;
      if (stream.match(/^%%pv(?=\s|$).*/)) return "meta";
    }
    if (stream.eatSpace()) return null;
    if (state.depth) return inComment(stream, state);
    if (stream.match(/^\(\*/)) {
      state.depth = 1;
      state.tag = stream.match(/^@[A-Za-z]+\s+[A-Za-z][\w-]*/, false) !== null;
      state.named = false;
      return "comment";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"/)) return "string";
    const word = stream.match(/^(?:inj-event(?![\w'-])|[A-Za-z_@][\w']*)/);
    if (word) return name(word[0], stream, state);
    if (stream.match(/^\d+/)) return "number";
    if (stream.match(/^(?:==>|<->|<-R|<-|->|<=|>=|<>|&&|\|\||[=<>+\-!|*])/)) return "operator";
    state.type = stream.next() === ":";
    return "punctuation";
  }

  function name(word, stream, state) {
    const isType = state.type;
    state.type = false;
    if (STYLES.has(word)) return STYLES.get(word);
    if (isType) return "variableName.standard";
    return stream.match(/^\s*\(/, false) ? "variableName.function.definition" : "variableName";
  }

  function inComment(stream, state) {
    if (stream.match(/^\(\*/)) state.depth += 1;
    else if (stream.match(/^\*\)/)) state.depth -= 1;
    else if (state.tag && stream.match(/^@[A-Za-z]+/)) return "meta";
    else if (state.tag && !state.named && stream.match(/^[A-Za-z][\w-]*/)) {
      state.named = true;
      return "labelName";
    }
    else if (state.tag && stream.match(/^"[^"]*"/)) return "string";
    else if (!stream.match(/^[^(*\s"]+/)) stream.next();
    return "comment";
  }

  // --- the cells: one that begins with %%pv is ProVerif, whatever the notebook's kernel speaks

  function follow(cell) {
    if (cell.type !== "code") return;
    let kernels = cell.mimeType;
    const update = () => {
      if (cell.mimeType !== MIME) kernels = cell.mimeType;
      const wanted = /^%%pv(?!\S)/.test(cell.sharedModel.getSource()) ? MIME : kernels;
      if (cell.mimeType !== wanted) cell.mimeType = wanted;
    };
    cell.contentChanged.connect(update);
    cell.mimeTypeChanged.connect(update);
    update();
  }

  function followNotebook(panel) {
    const known = new WeakSet();
    const update = () => {
      for (const cell of panel.model?.cells ?? []) {
        if (known.has(cell)) continue;
        known.add(cell);
        follow(cell);
      }
    };
    panel.context.ready.then(() => {
      panel.model.cells.changed.connect(update);
      update();
    });
  }

  // --- the extension

  let scope;

  /** A module that JupyterLab shares; of several versions the one that is loaded already, or any. */
  async function shared(module) {
    const versions = Object.values(scope[module]);
    const chosen = versions.find(one => one.loaded) ?? versions[0];
    return (await chosen.get())();
  }

  async function plugin() {
    const [language, codemirror, notebook] = await Promise.all(
      ["@codemirror/language", "@jupyterlab/codemirror", "@jupyterlab/notebook"].map(shared)
    );
    const load = async () => new language.LanguageSupport(language.StreamLanguage.define({
      name: "proverif",
      startState: () => ({ depth: 0, tag: false, named: false, type: false }),
      copyState: state => ({ ...state }),
      token,
      languageData: { commentTokens: { block: { open: "(*", close: "*)" } } },
    }));
    return {
      id: `${NAME}:plugin`,
      description: "ProVerif in the cells that begin with %%pv and in .pv files, in colour.",
      autoStart: true,
      requires: [codemirror.IEditorLanguageRegistry],
      optional: [notebook.INotebookTracker],
      activate(app, languages, notebooks) {
        languages.addLanguage({ name: "proverif", displayName: "ProVerif", mime: MIME, extensions: ["pv", "pvl"], load });
        notebooks?.forEach(followNotebook);
        notebooks?.widgetAdded.connect((_, panel) => followNotebook(panel));
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init(shareScope) {
      scope = shareScope;
    },
    async get(module) {
      if (module !== "./extension") throw new Error(`${NAME} has no module ${module}`);
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
