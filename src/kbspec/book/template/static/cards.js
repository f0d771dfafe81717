// A card for each mention of an ID: what it says, what was found, where it is stated. Shown under a pointer or
// the keyboard's focus; on a touch screen the first tap shows it and the second follows the link.
(function () {
  "use strict";
  var top = document.documentElement.dataset.top;
  var card = document.createElement("div");
  var shownFor = null, timer = 0, touched = false;
  card.id = "card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);

  function element(name, text, css) {
    var made = document.createElement(name);
    made.textContent = text;
    if (css) made.className = css;
    return made;
  }
  function fill(id, one) {
    card.replaceChildren();
    var head = element("p", id + " ", "name");
    head.append(element("span", one.kind));
    card.append(head, element("p", one.text));
    var lines = document.createElement("ul");
    one.lines.forEach(function (line) {
      var item = document.createElement("li");
      item.append(element("span", line[0], line[2]), " " + line[1]);
      lines.append(item);
    });
    if (one.more) lines.append(element("li", one.more));
    var links = element("p", "", "links");
    one.links.forEach(function (pair) {
      var link = element("a", pair[0]);
      link.href = top + pair[1];
      links.append(link, " ");
    });
    card.append(lines, links);
  }
  function show(link) {
    clearTimeout(timer);
    var id = link.textContent, one = kbspecDefinitions[id];
    if (!one || shownFor === link) return;
    hide();
    fill(id, one);
    card.hidden = false;
    shownFor = link;
    link.setAttribute("aria-describedby", "card");
    var place = link.getBoundingClientRect(), width = document.documentElement.clientWidth;
    var left = Math.max(8, Math.min(place.left, width - card.offsetWidth - 8));
    var below = place.bottom + card.offsetHeight + 8 < innerHeight || place.top < card.offsetHeight + 60;
    card.style.left = left + scrollX + "px";
    card.style.top = (below ? place.bottom + 4 : place.top - card.offsetHeight - 4) + scrollY + "px";
  }
  function hide() {
    clearTimeout(timer);
    card.hidden = true;
    if (shownFor) shownFor.removeAttribute("aria-describedby");
    shownFor = null;
  }
  function later(action, delay) {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  }
  document.addEventListener("pointerover", function (event) {
    if (event.pointerType === "touch") return;
    var link = event.target.closest("a.id");
    if (link) later(function () { show(link); }, shownFor ? 80 : 250);
    else if (event.target.closest("#card")) clearTimeout(timer);
    else if (shownFor || timer) later(hide, 250);
  });
  document.addEventListener("focusin", function (event) {
    var link = event.target.closest("a.id");
    if (link && link.matches(":focus-visible")) show(link);
    else if (!event.target.closest("#card")) hide();
  });
  document.addEventListener("pointerdown", function (event) { touched = event.pointerType === "touch"; });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.id");
    if (link && touched && shownFor !== link) {
      event.preventDefault();
      show(link);
    } else if (!event.target.closest("#card")) hide();
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hide(); });
})();
