// Proves models in Pyodide, under Node:  node prove.mjs PYODIDE WHEELS MODEL...
//
// PYODIDE is the folder of the npm package, WHEELS one with what is to be installed. Nothing else is loaded.
// Prints JSON: by model, by query, the verdict and what stands behind it.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const PROGRAM = `
import sys, types
sys.modules.setdefault("resource", types.ModuleType("resource"))  # empty, as in the kernel of JupyterLite

import appliedpi
from appliedpi.check import check

def answer(result):
    if result.certificate is not None:
        check(result.certificate)
    return {
        "verdict": result.verdict.value,
        "certified": result.certificate is not None,
        "attack": result.trace is not None,
    }

def answers(text):
    report = appliedpi.verify(text, timeout=300, memory=2**30, certificates=True)
    return {result.name: answer(result) for result in report.results}

import json
json.dumps({name: answers(text) for name, text in models.items()})
`;

const [folder, wheels, ...models] = process.argv.slice(2);
try {
  const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
  const pyodide = await loadPyodide();
  const extractDir = pyodide.runPython("import site; site.getsitepackages()[0]");
  for (const wheel of readdirSync(wheels)) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(join(wheels, wheel))), "wheel", { extractDir });
  }
  const texts = models.map((path) => [basename(path, ".pv"), readFileSync(path, "utf8")]);
  pyodide.globals.set("models", pyodide.toPy(Object.fromEntries(texts)));
  console.log(pyodide.runPython(PROGRAM));
} catch (error) {
  console.error(error.message); // its stack quotes the whole of Pyodide, which is one line
  process.exitCode = 1;
}
