// The search: `/` opens it; every entry of the index is ranked by the rarity of the words that it shares with
// the question. A word counts as the same with another ending ("verify", "verifies", "verified").
(function () {
  "use strict";
  var dialog = document.getElementById("search");
  var input = document.getElementById("search-words");
  var list = document.getElementById("search-found");
  var count = document.getElementById("search-count");
  var top = document.documentElement.dataset.top;
  var MOST = 20;
  var EMPTY = new Set(("a an and are be by can do does for from happen happens has have how if in is it its no not of on " +
    "or s that the their there this to was what when where which who why will with without would").split(" "));
  var entries = null;

  function stem(word) {
    return word.length < 5 || /\d/.test(word) ? word : word.replace(/(ies|ied|ying|y)$/, "i").replace(/(ing|ed|es|s|e)$/, "");
  }
  function words(text) {
    return (text.toLowerCase().match(/[a-z0-9_]+/g) || []).filter(function (word) { return !EMPTY.has(word); }).map(stem);
  }
  function prepare() {
    if (entries) return;
    var frequency = new Map();
    entries = kbspecIndex.map(function (row) {
      var title = new Set(words(row[0])), text = new Set(words(row[3]));
      new Set([...title, ...text]).forEach(function (word) { frequency.set(word, (frequency.get(word) || 0) + 1); });
      return { row: row, title: title, text: text };
    });
    entries.rarity = function (word) { return Math.log(1 + entries.length / (1 + (frequency.get(word) || 0))); };
    entries.vocabulary = Array.from(frequency.keys());
  }
  // The words of the index that begin as the last, perhaps unfinished, word of the question.
  function meanings(question) {
    return question.map(function (word, place) {
      var last = place === question.length - 1 && word.length > 1;
      return last ? entries.vocabulary.filter(function (one) { return one.startsWith(word); }) : [word];
    });
  }
  function score(entry, groups, exact) {
    var total = 0, matched = 0;
    groups.forEach(function (group) {
      var best = 0;
      group.forEach(function (word) {
        var weight = entry.title.has(word) ? 2.2 : entry.text.has(word) ? 1 : 0;
        best = Math.max(best, weight * entries.rarity(word));
      });
      if (best) matched += 1;
      total += best;
    });
    if (!matched) return 0;
    var defined = /^(Property|Check|Assumption|Finding|Term)$/.test(entry.row[2]) ? 1.3 : 1;
    var whole = entry.row[0].toLowerCase() === exact ? 100 : 0;
    return whole + total * defined * Math.pow(matched / groups.length, 1.5) / Math.log(8 + entry.text.size);
  }
  function excerpt(text, groups) {
    var wanted = new Set(groups.flat());
    var parts = text.split(/(\s+)/), first = parts.findIndex(function (part) {
      return words(part).some(function (word) { return wanted.has(word); });
    });
    var start = Math.max(0, first - 16);
    var shown = document.createElement("p");
    if (start > 0) shown.append("… ");
    parts.slice(start, start + 60).forEach(function (part) {
      if (words(part).some(function (word) { return wanted.has(word); })) {
        var mark = document.createElement("mark");
        mark.textContent = part;
        shown.append(mark);
      } else shown.append(part);
    });
    if (start + 60 < parts.length) shown.append(" …");
    return shown;
  }
  function search() {
    prepare();
    var exact = input.value.trim().toLowerCase();
    var groups = meanings(words(input.value));
    list.replaceChildren();
    if (!groups.length) { count.textContent = ""; return; }
    var found = entries.map(function (entry) { return { entry: entry, score: score(entry, groups, exact) }; })
      .filter(function (one) { return one.score > 0; })
      .sort(function (left, right) { return right.score - left.score; });
    count.textContent = found.length ? found.length + " found" + (found.length > MOST ? ", the best " + MOST : "") : "Nothing found";
    found.slice(0, MOST).forEach(function (one) {
      var item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
      link.href = top + one.entry.row[1];
      link.textContent = one.entry.row[0];
      kind.className = "kind";
      kind.textContent = one.entry.row[2];
      link.append(" ", kind);
      item.append(link, excerpt(one.entry.row[3], groups));
      list.append(item);
    });
  }
  function open() {
    if (!dialog.open) dialog.showModal();
    input.select();
  }
  document.querySelectorAll(".opens-search").forEach(function (button) { button.addEventListener("click", open); });
  input.addEventListener("input", search);
  list.addEventListener("click", function (event) { if (event.target.closest("a")) dialog.close(); });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
  input.form.addEventListener("submit", function (event) {
    if (event.submitter && document.activeElement === event.submitter) return;
    event.preventDefault();
    var first = list.querySelector("a");
    if (first) first.click();
  });
  dialog.addEventListener("keydown", function (event) {
    // In a search field Escape would only empty it.
    if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    var way = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!way) return;
    var stops = [input, ...list.querySelectorAll("a")];
    var next = stops[stops.indexOf(document.activeElement) + way];
    if (next) next.focus();
    event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    open();
  });
})();
