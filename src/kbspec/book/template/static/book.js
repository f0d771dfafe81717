// The switch between light and dark, the contents on a narrow screen, the keyboard.
(function () {
  "use strict";
  var root = document.documentElement;
  document.getElementById("theme").addEventListener("click", function () {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { /* private window */ }
  });
  var menu = document.getElementById("menu");
  function show(open) {
    root.classList.toggle("open", open);
    menu.setAttribute("aria-expanded", String(open));
  }
  menu.addEventListener("click", function () { show(!root.classList.contains("open")); });
  document.getElementById("contents").addEventListener("click", function (event) {
    if (event.target.closest("a")) show(false);
  });
  // What scrolls sideways can be reached with the keyboard.
  function reach() {
    document.querySelectorAll("pre, .highlight, .output, .kbspec-chart, table").forEach(function (one) {
      if (one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX === "auto") one.tabIndex = 0;
      else one.removeAttribute("tabindex");
    });
  }
  reach();
  addEventListener("resize", reach);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") show(false);
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, pre, dialog, [tabindex]")) return;
    var rel = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : null;
    var link = rel && document.querySelector('a[rel="' + rel + '"]');
    if (link) location.href = link.href;
  });
})();
