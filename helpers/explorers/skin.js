// An invisible widget among an explorer's controls. It mends what ipywidgets and JupyterLab leave.

// JupyterLab would take the keys for its notebook shortcuts: an arrow key in a drop-down list would
// select the next cell, and D D would delete one.
function keep(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

// A slider's End key would go to where the slider ended when it was first shown (noUiSlider's
// `updateOptions` leaves `options.spectrum` behind).
function toTheEnd(event) {
  const slider = event.target.closest(".noUi-target")?.noUiSlider;
  if (event.key !== "End" || !slider) return;
  event.preventDefault();
  event.stopPropagation();
  // Its last step by a key: what `set` alone does is not sent to the kernel.
  slider.set(slider.options.range.max - slider.options.step);
  event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
}

// ipywidgets writes a slider's label and its value beside the slider, but ties neither to it.
function nameSliders(controls) {
  for (const slider of controls.querySelectorAll(".widget-slider")) {
    const [label, handle, readout] = [".widget-label", ".noUi-handle", ".widget-readout"].map(
      (part) => slider.querySelector(part),
    );
    if (!label || !handle || !readout) continue; // its next part brings us back
    label.id ||= `explorer-label-${Math.random()}`;
    if (label.title === "null") label.removeAttribute("title");
    handle.setAttribute("aria-labelledby", label.id);
    handle.setAttribute("aria-valuetext", readout.textContent);
    if (slider.classList.contains("explorer-choice")) {
      readout.contentEditable = false; // nothing would come of what is typed there
      continue;
    }
    readout.setAttribute("role", "textbox");
    readout.setAttribute("aria-labelledby", label.id);
  }
}

function render({ el }) {
  el.style.display = "none";
  let changed;
  const begin = () => {
    const controls = el.parentElement;
    if (!controls) return requestAnimationFrame(begin);
    controls.classList.add("explorer-controls");
    controls.addEventListener("keydown", toTheEnd, { capture: true });
    controls.addEventListener("keydown", keep);
    changed = new MutationObserver(() => nameSliders(controls));
    changed.observe(controls, { childList: true, subtree: true, characterData: true });
    nameSliders(controls);
  };
  begin();
  return () => changed?.disconnect();
}

export default { render };
