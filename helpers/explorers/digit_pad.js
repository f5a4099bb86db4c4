// The pad: ink goes to the kernel, which answers with pictures (see digit_pad.py). While an answer
// is awaited nothing is sent, so that a slow kernel skips strokes instead of falling behind. On a
// page without a kernel, explained.js answers in its place.

const PATIENCE = 4000; // ms without an answer before we say so
const HELP =
  "Draw with the mouse or a finger. Keyboard: arrow keys move the pen, Space puts it down or " +
  "lifts it, C clears.";
// What an answer may hold over the image, and what its colours mean for the predicted class.
const EVIDENCE = {
  grad_cam: (name) => `Grad-CAM: red speaks for ${name}`,
  occlusion: (name) => `Occlusion: covering red lowers the score of ${name}, covering blue raises it`,
};
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
export const percent = (share) => `${(100 * share).toFixed(0)} %`;

// Fills a canvas with picture number `index`; without a palette its pixels are colours already.
export function paint(canvas, { height, width, pixels }, palette, index) {
  if (canvas.height !== height) canvas.height = height; // even the same size would clear it
  if (canvas.width !== width) canvas.width = width;
  const image = new ImageData(width, height);
  const size = height * width;
  if (palette) {
    const colours = new Uint32Array(image.data.buffer);
    for (let i = 0; i < size; i++) colours[i] = palette[pixels[index * size + i]];
  } else image.data.set(pixels);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** The colours of each palette, as Python sends them. */
export function opened(palettes) {
  const colours = Object.entries(palettes).map(([kind, each]) => [kind, bytes(each).buffer]);
  return Object.fromEntries(colours.map(([kind, buffer]) => [kind, new Uint32Array(buffer)]));
}

function render({ model, el }) {
  const { cells, fine, pen } = model.get("grid");
  const names = model.get("class_names");
  const palettes = opened(model.get("palettes"));

  // what the reader sees
  const side = cells * fine;
  const ink = make("canvas", { width: side, height: side }).getContext("2d", {
    willReadFrequently: true,
  });
  const sharp = 10 * cells * Math.ceil(window.devicePixelRatio || 1);
  const screen = make("canvas", { width: sharp, height: sharp }).getContext("2d");
  const cursor = make("span", { class: "dp-cursor" });
  const invitation = make("span", { class: "dp-invitation" }, "Draw here");
  const help = make("p", { class: "dp-help", id: `dp-help-${Math.random()}` }, HELP);
  const paper = make(
    "div",
    {
      class: "dp-paper",
      tabindex: 0,
      role: "application",
      "aria-label": "Drawing pad",
      "aria-describedby": help.id,
    },
    screen.canvas,
    invitation,
    cursor,
  );
  const clearing = make("button", { type: "button" }, "Clear");
  const where = make("span", { class: "dp-where", role: "status" });
  const image = make("canvas", { role: "img" });
  const seen = make(
    "div",
    { class: "dp-seen" },
    make("figure", {}, image, make("figcaption", {}, "What the network sees")),
  );
  const verdict = make("p", { class: "dp-verdict", role: "status" });
  const bars = make("table", { class: "dp-bars", "aria-label": "Probability of each class" });
  const rows = names.map((name) => {
    const bar = make("div");
    const value = make("td", { class: "dp-value" });
    bars.append(
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, bar), value),
    );
    return { row: bars.lastChild, bar, value };
  });
  const maps = make("div", { class: "dp-maps" });
  const trouble = make("p", { class: "dp-trouble", role: "alert" });
  el.classList.add("digit-pad");
  el.append(
    make(
      "div",
      { class: "dp-top" },
      make("div", {}, paper, make("div", { class: "dp-tools" }, clearing, where), help),
      make("div", { class: "dp-says" }, verdict, bars),
      seen,
    ),
    trouble,
    maps,
  );

  // ink
  const pens = [ink, screen];
  for (const context of pens) {
    context.scale(context.canvas.width / cells, context.canvas.width / cells);
    context.lineWidth = pen;
    context.lineCap = context.lineJoin = "round";
  }
  const strokes = []; // of [x, y] in cells
  let restored = null; // ink drawn before this page was loaded
  function redraw() {
    for (const context of pens) {
      context.clearRect(0, 0, cells, cells);
      if (restored) context.drawImage(restored, 0, 0, cells, cells);
      // Whole strokes: where segments overlap, soft edges would add up to bumps.
      for (const [start, ...corners] of strokes) {
        context.beginPath();
        context.moveTo(...start);
        for (const corner of corners) context.lineTo(...corner);
        if (!corners.length) context.lineTo(start[0] + 1e-3, start[1]); // no length, no dot
        context.stroke();
      }
    }
    invitation.hidden = strokes.length > 0 || restored !== null;
  }
  function restore(base64) {
    const image = new ImageData(side, side);
    bytes(base64).forEach((value, i) => (image.data[4 * i + 3] = value));
    restored = make("canvas", { width: side, height: side });
    restored.getContext("2d").putImageData(image, 0, 0);
    redraw();
  }

  // to the kernel and back
  let awaited = null; // the id of the drawing whose answer is outstanding
  let asked = null; // when the first stroke in it was made
  let unsent = null; // when the first stroke since was made
  let impatience;
  function changed(event) {
    unsent ??= event.timeStamp;
    if (awaited === null) send();
  }
  function send() {
    [awaited, asked, unsent] = [Math.random(), unsent, null];
    const { data } = ink.getImageData(0, 0, side, side);
    const alpha = Uint8Array.from({ length: side * side }, (_, i) => data[4 * i + 3]);
    model.set("drawn", { id: awaited, ink: btoa(String.fromCharCode(...alpha)) });
    model.save_changes();
    impatience = setTimeout(() => {
      trouble.textContent =
        "No answer yet: the kernel is busy, or it was restarted; then run this cell again.";
    }, PATIENCE);
  }
  function receive() {
    const answer = model.get("answered");
    show(answer);
    if (answer.id !== awaited) return; // another view of this pad has asked
    clearTimeout(impatience);
    awaited = null;
    performance.measure("digit pad", { start: asked, end: performance.now() });
    if (unsent !== null) send();
  }
  function show(answer) {
    trouble.textContent = answer.error ? `No answer. ${answer.error}` : "";
    if (answer.error) return;
    const name = names[answer.prediction];
    say(
      verdict,
      answer.blank ? `Blank paper. The network, asked all the same: ${name}` : `Prediction: ${name}`,
    );
    answer.probabilities.forEach((share, i) => {
      rows[i].row.classList.toggle("dp-best", i === answer.prediction);
      rows[i].bar.style.width = `${100 * share}%`;
      rows[i].value.textContent = percent(share);
    });
    draw(image, answer.image);
    image.setAttribute("aria-label", "The drawing, centred and scaled as in MNIST");
    for (const [kind, words] of Object.entries(EVIDENCE)) {
      if (!answer[kind]) continue;
      const { canvas, caption } = evidence[kind] ?? over(kind);
      draw(canvas, answer[kind]);
      caption.textContent = words(name);
      canvas.setAttribute("aria-label", caption.textContent);
    }
    answer.layers.forEach((layer, i) => {
      const { label, tiles } = groups[i] ?? group(layer);
      const { name, filters, height, width, limit } = layer;
      const some = tiles.length < filters ? `the first ${tiles.length} of ` : "";
      label.textContent = `${some}${filters} feature maps of ${height} × ${width}`;
      label.textContent += `, ${layer.palette === "signed" ? "±" : "up to "}${limit.toFixed(2)}`;
      label.prepend(make("b", {}, name), ": ");
      draw(tiles, layer);
    });
  }
  function draw(canvases, picture) {
    const decoded = { ...picture, pixels: bytes(picture.pixels) };
    [canvases].flat().forEach((canvas, i) => paint(canvas, decoded, palettes[picture.palette], i));
  }
  const evidence = {};
  function over(kind) {
    const canvas = make("canvas", { role: "img" });
    const caption = make("figcaption");
    seen.append(make("figure", {}, canvas, caption));
    return (evidence[kind] = { canvas, caption });
  }
  const groups = [];
  function group({ filters, height, width, pixels }) {
    const count = bytes(pixels).length / (height * width);
    const tiles = Array.from({ length: count }, () => make("canvas"));
    const label = make("p");
    maps.append(
      make(
        "div",
        { role: "group" },
        label,
        make(
          "div",
          { class: "dp-tiles" },
          ...tiles.map((tile, i) => {
            tile.setAttribute("role", "img");
            tile.setAttribute("aria-label", `filter ${i}`);
            return make("figure", {}, tile, make("figcaption", { "aria-hidden": true }, `${i}`));
          }),
        ),
      ),
    );
    return (groups[groups.length] = { label, tiles });
  }
  // A screen reader speaks whenever a status is written, also if nothing in it has changed.
  function say(status, text) {
    if (status.textContent !== text) status.textContent = text;
  }

  // the hand: mouse, finger or keyboard, one pen for all
  let at = [cells / 2, cells / 2];
  let down = false;
  function move(to, event) {
    if (down) {
      strokes.at(-1).push(to);
      redraw();
      changed(event);
    }
    at = to;
    cursor.style.left = `${(100 * at[0]) / cells}%`;
    cursor.style.top = `${(100 * at[1]) / cells}%`;
  }
  function press(event) {
    down = true;
    strokes.push([at]);
    redraw();
    changed(event);
    paper.classList.add("dp-down");
  }
  function lift() {
    down = false;
    paper.classList.remove("dp-down");
  }
  function clear(event) {
    lift();
    strokes.length = 0;
    restored = null;
    redraw();
    where.textContent = "";
    changed(event);
  }
  function place({ clientX, clientY }) {
    const { left, top, width, height } = screen.canvas.getBoundingClientRect();
    return [((clientX - left) / width) * cells, ((clientY - top) / height) * cells];
  }

  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no selecting, no dragging
    paper.focus({ preventScroll: true });
    paper.setPointerCapture(event.pointerId);
    paper.classList.remove("dp-keys");
    where.textContent = ""; // of the keys
    lift();
    move(place(event), event);
    press(event);
  });
  paper.addEventListener("pointermove", (event) => {
    if (!paper.hasPointerCapture(event.pointerId)) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) move(place(one), event);
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) paper.addEventListener(end, lift);
  paper.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key;
    if (MOVES[key]) {
      const inside = (value) => Math.min(cells - 1, Math.max(1, value));
      move(at.map((value, axis) => inside(Math.round(value) + MOVES[key][axis])), event);
    } else if (key === " ") {
      if (down) lift();
      else press(event);
    } else if (["Delete", "Backspace", "c", "C"].includes(key)) clear(event);
    else return;
    event.preventDefault();
    paper.classList.add("dp-keys");
    say(where, `Pen ${down ? "down" : "up"}, row ${Math.round(at[1])}, column ${Math.round(at[0])}`);
  });
  clearing.addEventListener("click", clear);
  // Not to JupyterLab: there an arrow key selects the next cell, and C copies one.
  el.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
  });

  move(at);
  show(model.get("answered"));
  if (model.get("drawn").ink && !model.get("answered").blank) restore(model.get("drawn").ink);
  model.on("change:answered", receive);
  return () => {
    clearTimeout(impatience);
    model.off("change:answered", receive);
  };
}

export default { render };
