// What is wider than the page fades at the side to which it can be scrolled.
const PICTURES = ".bd-article p:has(> img:only-child)";
const WIDE = `.bd-article :is([role='group'], pre, .pst-scrollable-table-container, div.math), ${PICTURES}`;

function tell(box) {
  const before = box.scrollLeft > 1;
  const scrolls = getComputedStyle(box).overflowX !== "visible";
  const after = scrolls && box.scrollWidth - box.clientWidth - box.scrollLeft > 1;
  box.classList.toggle("more-before", before);
  box.classList.toggle("more-after", after);
  if (box.matches(PICTURES) && (before || after)) box.tabIndex = 0; // for the arrow keys
}

function tellAll() {
  document.querySelectorAll(WIDE).forEach(tell);
}

// A part may be opened, and an explorer draws anew.
for (const event of ["load", "resize", "toggle", "input"]) {
  window.addEventListener(event, () => requestAnimationFrame(tellAll), { capture: true });
}
const scrolled = ({ target }) => target.matches?.(WIDE) && tell(target);
window.addEventListener("scroll", scrolled, { capture: true, passive: true });
tellAll();
