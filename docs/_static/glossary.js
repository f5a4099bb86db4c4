// A word of the glossary says what it means: under a pointer, at focus, and to screen readers.
document.addEventListener("DOMContentLoaded", () => {
  const delay = { show: 200, hide: 150 };
  const tips = [...document.querySelectorAll(".term")].map((term) => {
    term.addEventListener("inserted.bs.tooltip", () => {
      const described = term.getAttribute("aria-describedby");
      term.firstElementChild.setAttribute("aria-describedby", described);
    });
    term.addEventListener("hidden.bs.tooltip", () => {
      term.firstElementChild.removeAttribute("aria-describedby");
    });
    return new bootstrap.Tooltip(term, { container: term, delay });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tips.forEach((tip) => tip.hide());
  });
});
