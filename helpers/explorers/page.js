// The page without a kernel: network.js computes what the pad and the pictures show.

import pad, { bytes, make, opened, paint, percent } from "./digit_pad.js";
import pixel from "./guessing.js";
import { centred, forward, gradCam, occlusion, open, softmax } from "./network.js";

const PATCH = 7; // pixels
const STRIDE = 3; // while drawing: with 1 it would take ten times as long

const text = (pixels) => btoa(String.fromCharCode(...pixels));
const highest = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/** What anywidget hands to `render`, without a kernel: traits, and who listens to them. */
function standIn(traits) {
  const listeners = {};
  return {
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    save_changes() {},
    send() {},
  };
}

/** An image in pale grey under red (for) and blue (against), as `plots.overlays`: RGBA. */
function overlaid(image, map, colours) {
  const limit = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const pixels = new Uint8ClampedArray(4 * map.length);
  map.forEach((value, i) => {
    const opacity = 0.85 * Math.abs(value / limit);
    const colour = value > 0 ? colours.for : colours.against;
    const under = 255 * (1 - 0.6 * image[i]);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = (1 - opacity) * under + opacity * colour[c];
    pixels[4 * i + 3] = 255;
  });
  return pixels;
}

/** The answer to an image, as digit_pad.py packs it, with an occlusion map. */
function answered(network, image, colours) {
  const [height, width] = network[0].input;
  const found = forward(network, image);
  const probabilities = softmax(found.at(-1).out);
  const prediction = highest(probabilities);
  const painted = (map) => {
    return { height, width, palette: null, pixels: text(overlaid(image, map, colours)) };
  };
  const layers = network.flatMap(({ kind, name, shape: [height, width, filters] }, at) => {
    if (kind !== "conv") return [];
    const { out } = found[at];
    const limit = out.reduce((most, value) => Math.max(most, value), 0);
    const size = height * width;
    const pixels = Uint8Array.from(out, (_, i) =>
      Math.round((255 * out[(i % size) * filters + Math.floor(i / size)]) / (limit || 1)),
    );
    return { name, filters, limit, height, width, palette: "activation", pixels: text(pixels) };
  });
  const ink = Uint8Array.from(image, (value) => Math.round(255 * value));
  return {
    blank: image.every((value) => value === 0),
    prediction,
    probabilities,
    image: { height, width, palette: "ink", pixels: text(ink) },
    grad_cam: painted(gradCam(network, found, prediction, layers.at(-1).name)),
    occlusion: painted(occlusion(network, image, found, prediction, PATCH, STRIDE)),
    layers,
  };
}

function drawing(el, network, { grid, class_names, palettes, colours }) {
  const size = network[0].input;
  const blank = new Float64Array(size[0] * size[1]);
  const model = standIn({
    grid,
    class_names,
    palettes,
    drawn: {},
    answered: answered(network, blank, colours),
  });
  model.on("change:drawn", () => {
    const { id, ink } = model.get("drawn");
    // Not at once, so that the browser takes further strokes first.
    setTimeout(() => {
      const strokes = Float64Array.from(bytes(ink), (value) => value / 255);
      const image = centred(strokes, grid.cells * grid.fine, size);
      model.set("answered", { id, ...answered(network, image, colours) });
    });
  });
  pad.render({ model, el });
}

function guessing(el, network, { class_names, palettes, colours, examples }) {
  const [height, width] = network[0].input;
  const question = make("p");
  const place = make("div");
  const guess = make("button", { type: "button" }, "Guess");
  const another = make("button", { type: "button" }, "Another digit");
  const said = make("p", { role: "status" });
  const canvas = make("canvas", { role: "img" });
  const shown = make("figure", { class: "live-large" }, canvas, make("figcaption"));
  const tools = make("div", { class: "dp-tools" }, guess, another);
  const asked = make("div", {}, place, tools, said);
  el.append(question, make("div", { class: "live-beside" }, asked, shown));

  let [number, model, answer] = [0, null, null];
  function ask() {
    const image = Float64Array.from(bytes(examples[number]), (value) => value / 255);
    const found = forward(network, image);
    const class_ = highest(found.at(-1).out);
    answer = { image, name: class_names[class_] };
    answer.map = occlusion(network, image, found, class_, PATCH, 1);
    const ink = opened(palettes).ink;
    const pixels = Uint32Array.from(image, (value) => ink[Math.round(255 * value)]);
    const coloured = text(new Uint8Array(pixels.buffer));
    model = standIn({ size: [height, width], colours: coloured, at: [] });
    place.replaceChildren();
    pixel.render({ model, el: place });
    model.on("change:at", () => shown.hidden || tell());
    question.textContent =
      `The network says that this is a ${answer.name}. A patch of ${PATCH}×${PATCH} white pixels ` +
      `is laid on each place of the image. Which pixel matters most: for which one do the patches ` +
      `that cover it lower the score of ${answer.name} most, on average?`;
    shown.hidden = true;
    said.textContent = "";
  }
  function tell() {
    const [row, column] = model.get("at");
    if (row === undefined) {
      said.textContent = "Choose a pixel first.";
      return;
    }
    const best = highest(answer.map);
    const right = [Math.floor(best / width), best % width];
    const off = Math.hypot(row - right[0], column - right[1]);
    const away = `It is row ${right[0]}, column ${right[1]}, ${Number(off.toFixed(1))} pixels away.`;
    said.textContent = `You guessed row ${row}, column ${column}. ${off ? away : "Right."}`;
    paint(canvas, { height, width, pixels: overlaid(answer.image, answer.map, colours) });
    shown.lastChild.textContent =
      `Occlusion: covering red lowers the score of ${answer.name}, covering blue raises it`;
    canvas.setAttribute("aria-label", shown.lastChild.textContent);
    shown.hidden = false;
  }
  guess.addEventListener("click", tell);
  another.addEventListener("click", () => {
    number = (number + 1) % examples.length;
    ask();
  });
  ask();
}

function filters(el, network, { class_names, palettes, colours, averages, statistics }) {
  const painter = opened(palettes);
  const layers = network.filter(({ kind }) => kind === "conv");
  const choice = make("select", {}, ...layers.map(({ name }) => make("option", {}, name)));
  const slider = make("input", { type: "range", min: 0, value: 0 });
  const number = make("span");
  const said = make("p", { role: "status" });
  const row = (heading, names) => {
    const canvases = names.map(() => make("canvas", { role: "img" }));
    const figures = names.map((name, i) => make("figure", {}, canvases[i], make("figcaption", {}, name)));
    const tiles = make("div", { class: "dp-tiles" }, ...figures);
    return { canvases, box: make("div", { role: "group" }, make("h3", {}, heading), tiles) };
  };
  const drawn = row("The average image of each class", class_names);
  const means = row("The filter's mean activation for each class", class_names);
  const wins = row(
    "Where the filter answers more strongly than all others (paler: in fewer images)",
    class_names,
  );
  const weights = make("div");
  const controls = make(
    "div",
    { class: "live-controls" },
    make("label", {}, "layer ", choice),
    make("label", {}, "filter ", slider, " ", number),
  );
  el.append(controls, said, weights, means.box, wins.box, drawn.box);

  class_names.forEach((name, i) => {
    paint(drawn.canvases[i], { ...averages, pixels: bytes(averages.pixels) }, painter.ink, i);
    drawn.canvases[i].setAttribute("aria-label", `average image of class ${name}`);
  });

  function show() {
    const layer = layers.find(({ name }) => name === choice.value);
    const [height, width, count] = layer.shape;
    const size = height * width;
    slider.max = count - 1;
    const filter = Number(slider.value);
    number.textContent = slider.value;

    const kernel = weightsOf(layer, filter);
    const limit = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const inputs = Array.from({ length: layer.input[2] }, (_, i) => (layer === layers[0] ? "image" : `${i}`));
    const { canvases, box } = row(
      layer === layers[0] ? "The filter's weights" : "The filter's weights, for each map that it reads",
      inputs,
    );
    const pixels = kernel.map((value) => Math.round(127.5 + (127.5 * value) / limit));
    canvases.forEach((canvas, i) => {
      paint(canvas, { height: layer.side, width: layer.side, pixels }, painter.signed, i);
      canvas.setAttribute("aria-label", `weights for ${inputs[i]}`);
    });
    weights.replaceChildren(box);

    const { mean, limit: most, mode, frequency } = statistics[layer.name];
    const [found, best, share] = [mean, mode, frequency].map(bytes);
    const peaks = class_names.map((_, class_) => {
      let peak = 0;
      const pixels = new Uint8Array(size);
      for (let i = 0; i < size; i++) {
        pixels[i] = found[(class_ * size + i) * count + filter];
        peak = Math.max(peak, pixels[i]);
      }
      paint(means.canvases[class_], { height, width, pixels }, painter.activation, 0);
      means.canvases[class_].setAttribute("aria-label", `mean activation, class ${class_names[class_]}`);
      return peak;
    });
    const won = class_names.map((_, class_) => {
      const pixels = new Uint8ClampedArray(4 * size).fill(255);
      let places = 0;
      for (let i = 0; i < size; i++) {
        if (best[class_ * size + i] !== filter) continue;
        places++;
        const opacity = share[class_ * size + i] / 255;
        const colour = colours.filters[filter % colours.filters.length];
        for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 - opacity * (255 - colour[c]);
      }
      paint(wins.canvases[class_], { height, width, pixels });
      wins.canvases[class_].setAttribute("aria-label", `where it wins, class ${class_names[class_]}`);
      return places / size;
    });
    const [strongest, winner] = [highest(peaks), highest(won)];
    const peak = ((peaks[strongest] / 255) * most).toFixed(2);
    said.textContent = peaks[strongest]
      ? `Filter ${filter} of ${layer.name} answers most strongly to class ` +
        `${class_names[strongest]}: its mean activation reaches ${peak}. ` +
        (won[winner]
          ? `It wins most for class ${class_names[winner]}, at ${percent(won[winner])} of the pixels.`
          : "It wins nowhere.")
      : `Filter ${filter} of ${layer.name} answers to no class: it is dead.`;
  }
  choice.addEventListener("change", () => {
    slider.value = 0;
    show();
  });
  slider.addEventListener("input", show);
  show();
}

/** The weights of a filter, input by input. */
function weightsOf({ kernel, side, input: [, , channels], shape: [, , count] }, filter) {
  const places = side * side;
  return Float64Array.from({ length: channels * places }, (_, i) =>
    kernel[((i % places) * channels + Math.floor(i / places)) * count + filter],
  );
}

const data = JSON.parse(document.getElementById("live-data").textContent);
const network = open(data.network);
const parts = { guess: guessing, pad: drawing, filters };
for (const [name, start] of Object.entries(parts)) {
  const el = document.getElementById(`live-${name}`);
  el.replaceChildren();
  el.classList.add("digit-pad");
  start(el, network, data);
}
