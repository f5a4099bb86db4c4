// Explorers where no kernel runs: controls, and below them pictures that the browser makes of the
// numbers in the page. alone.py writes such a page.

import { bytes, make, opened, paint, percent } from "./digit_pad.js";
import { decode } from "./patches_explorer.js";

export const highest = (values) =>
  values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
export const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** An image in pale grey under red (for) and blue (against), as `plots.overlays`: RGBA. */
export function overlaid(image, map, colours, limit = largest(map)) {
  const pixels = new Uint8ClampedArray(4 * map.length);
  map.forEach((value, i) => {
    const opacity = 0.85 * Math.abs(value / (limit || 1));
    const colour = value > 0 ? colours.for : colours.against;
    const under = 255 * (1 - 0.6 * image[i]);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = (1 - opacity) * under + opacity * colour[c];
    pixels[4 * i + 3] = 255;
  });
  return pixels;
}

/** Pictures with their captions in a row, below a heading. */
export function row(heading, pictures, kind = "dp-tiles") {
  const figures = pictures.map(({ caption, label, palette, index = 0, ...picture }) => {
    const canvas = make("canvas", { role: "img", "aria-label": label ?? caption });
    paint(canvas, picture, palette, index);
    return make("figure", {}, canvas, make("figcaption", {}, caption));
  });
  const box = make("div", { role: "group" }, make("div", { class: kind }, ...figures));
  if (heading) box.prepend(make("h3", {}, heading));
  return box;
}

/** Curves, each an array of numbers over the same `xs`, with number `at` marked in all of them. */
function curves(title, xs, lines, at, colours) {
  const [width, height, left, bottom] = [320, 170, 52, 22];
  const values = Object.values(lines).flat();
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [xs[0], xs.at(-1)];
  const x = (value) => left + ((width - left - 8) * (value - first)) / (last - first || 1);
  const y = (value) => height - bottom - ((height - bottom - 10) * (value - low)) / (high - low || 1);
  const text = (words, x, y, anchor) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
  const drawn = Object.values(lines).map((each, i) => {
    const points = each.map((value, j) => `${x(xs[j])},${y(value)}`).join(" ");
    const dash = i ? 'stroke-dasharray="5 3"' : "";
    const mark = `<circle cx="${x(xs[at])}" cy="${y(each[at])}" r="4" fill="${colours[i]}"/>`;
    return `<polyline points="${points}" fill="none" stroke="${colours[i]}" ${dash}/>${mark}`;
  });
  const svg = `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <path d="M${left} 8V${height - bottom}H${width - 6}" fill="none" stroke="currentColor"/>
    <path d="M${x(xs[at])} 8V${height - bottom}" stroke="currentColor" stroke-width="0.7"/>
    ${text(Number(high.toPrecision(2)), left - 4, 14, "end")}
    ${text(Number(low.toPrecision(2)), left - 4, height - bottom, "end")}
    ${text(first, left, height - 6, "middle")}${text(last, width - 10, height - 6, "middle")}
    ${drawn.join("")}</svg>`;
  const said = Object.entries(lines).map(
    ([name, each], i) => `${name}${i ? " (dashed)" : ""} ${each[at].toPrecision(3)}`,
  );
  const figure = make("figure", { class: "live-curve" });
  figure.innerHTML = svg;
  figure.append(make("figcaption", {}, `${title}: ${said.join(", ")}`));
  return figure;
}

/**
 * Controls, a sentence, and what `answer` makes of the controls' values: {said, parts}.
 *
 * A control has a name and a label. With `options` (texts) it is a list, whose value is a number;
 * with `max` it is a slider, which may have `texts` of its values; else it is a box to tick.
 * `answer(values, limit)` may lower a slider's end: `limit(name, max)` returns the value then.
 * `follow(name, inputs)` is called with the name of the control that was changed.
 */
export function explore(el, controls, answer, follow = () => {}) {
  const [inputs, readers] = [{}, []];
  const box = make("div", { class: "live-controls" });
  for (const { name, label, options, texts, min = 0, max, value = 0 } of controls) {
    const id = `live-${Math.random()}`;
    const number = make("span", { class: "live-number" });
    if (options) {
      const choices = options.map((text, i) => make("option", { value: i }, text));
      inputs[name] = make("select", { id }, ...choices);
    } else if (max === undefined) inputs[name] = make("input", { id, type: "checkbox" });
    else {
      inputs[name] = make("input", { id, type: "range", min, max });
      readers.push(() => {
        number.textContent = texts?.[inputs[name].value] ?? inputs[name].value;
        inputs[name].setAttribute("aria-valuetext", number.textContent);
      });
    }
    box.append(make("span", {}, make("label", { for: id }, label), inputs[name], number));
    if (inputs[name].type === "checkbox") inputs[name].checked = value;
    else inputs[name].value = value;
    inputs[name].addEventListener("input", () => {
      follow(name, inputs);
      show();
    });
  }
  const said = make("p", { role: "status" });
  const shown = make("div");
  el.classList.add("digit-pad");
  const note = "Computed in your browser. In a running notebook this explorer may have more controls and methods.";
  el.append(box, said, shown, make("p", {}, make("small", {}, note)));
  const limit = (name, max) => Number(Object.assign(inputs[name], { max }).value);
  function show() {
    const values = Object.entries(inputs).map(([name, input]) => [
      name,
      input.type === "checkbox" ? input.checked : Number(input.value),
    ]);
    const found = answer(Object.fromEntries(values), limit);
    for (const write of readers) write();
    if (said.textContent !== found.said) said.textContent = found.said;
    shown.replaceChildren(...found.parts);
  }
  show();
}

/** The average images and the weights are shown where the page has them. */
export function filters(el, { class_names, palettes, colours, averages, statistics, weights = {} }) {
  const painter = opened(palettes);
  const layers = Object.keys(statistics);
  const controls = [
    { name: "layer", label: "layer", options: layers },
    { name: "filter", label: "filter", max: 0 },
  ];
  const size = averages && { ...averages, pixels: bytes(averages.pixels) };
  const average = () =>
    row(
      "The average image of each class",
      class_names.map((caption, index) => {
        const label = `average image of class ${caption}`;
        return { ...size, caption, label, palette: painter.ink, index };
      }),
    );
  explore(el, controls, ({ layer }, limit) => {
    const name = layers[layer];
    const { mean, peaks: every, mode, frequency, shape } = statistics[name];
    const [height, width, count] = shape;
    const filter = limit("filter", count - 1);
    const places = height * width;
    const found = bytes(mean);
    const means = class_names.map((caption, class_) => {
      const pixels = Uint8Array.from(
        { length: places },
        (_, i) => found[(class_ * places + i) * count + filter],
      );
      const label = `mean activation, class ${caption}`;
      return { height, width, pixels, palette: painter.activation, caption, label };
    });
    const peaks = every.map((ofClass) => ofClass[filter]);
    const what = mode ? "Filter" : "Unit";
    const parts = [row(`The ${what.toLowerCase()}'s mean activation for each class`, means)];
    const strongest = highest(peaks);
    const reaches = mode ? "its mean activation reaches" : "its mean activation is";
    let said =
      `${what} ${filter} of ${name} answers most strongly to class ${class_names[strongest]}: ` +
      `${reaches} ${Number(peaks[strongest].toPrecision(3))}.`;
    if (mode) {
      const [best, share] = [mode, frequency].map(bytes);
      const wins = class_names.map((caption, class_) => {
        const pixels = new Uint8ClampedArray(4 * places).fill(255);
        const label = `where it wins, class ${caption}`;
        let won = 0;
        for (let i = 0; i < places; i++) {
          if (best[class_ * places + i] !== filter) continue;
          won += 1 / places;
          const opacity = share[class_ * places + i] / 255;
          const colour = colours.filters[filter % colours.filters.length];
          for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 - opacity * (255 - colour[c]);
        }
        return { height, width, pixels, caption, label, won };
      });
      const heading =
        "Where the filter answers more strongly than all others (paler: in fewer images)";
      parts.push(row(heading, wins));
      const winner = highest(wins.map(({ won }) => won));
      said += wins[winner].won
        ? ` It wins most for class ${class_names[winner]}, at ${percent(wins[winner].won)} of the pixels.`
        : " It wins nowhere.";
    }
    if (!peaks[strongest]) said = `${what} ${filter} of ${name} answers to no class: it is dead.`;
    if (weights[name]) parts.unshift(weightsOf(name, weights, filter, painter.signed));
    if (averages) parts.push(average());
    return { said, parts };
  });
}

/** The weights of a filter, a picture for each map that the filter reads. */
function weightsOf(name, weights, filter, palette) {
  const { shape, values } = decode(weights[name]);
  const [side, , channels, count] = shape;
  const places = side * side;
  const kernel = Float64Array.from({ length: channels * places }, (_, i) => {
    const [channel, place] = [Math.floor(i / places), i % places];
    return values[(place * channels + channel) * count + filter];
  });
  const limit = largest(kernel) || 1;
  const pixels = kernel.map((value) => Math.round(127.5 + (127.5 * value) / limit));
  const of = (index) => (channels === 1 ? "image" : `${index}`);
  const each = Array.from({ length: channels }, (_, index) => {
    const label = `weights for ${of(index)}`;
    return { height: side, width: side, pixels, palette, index, caption: of(index), label };
  });
  const more = channels === 1 ? "" : ", for each map that it reads";
  return row(`The filter's weights${more}`, each);
}

/** The frames of an ascent, with the curve of its score. */
function ascent(el, { names, steps, size, frames, scores, palettes, colours }) {
  const [height, width] = size;
  const pixels = bytes(frames);
  const controls = [
    { name: "score", label: "score", options: names },
    { name: "frame", label: "step", max: steps.length - 1, value: steps.length - 1, texts: steps },
  ];
  explore(el, controls, ({ score, frame }) => {
    const [curve, step] = [scores[score], steps[frame]];
    const index = frame * names.length + score;
    const caption = `after ${step} steps`;
    const palette = opened(palettes).ink;
    const image = row("", [{ height, width, pixels, palette, index, caption }], "live-large");
    const lines = { score: curve };
    return {
      said: `What drives ${names[score]}: after ${step} steps the score is ${curve[step].toPrecision(3)}.`,
      parts: [
        make("div", { class: "live-beside" }, image,
          curves("score by step", [...curve.keys()], lines, step, colours.lines)),
      ],
    };
  });
}

/** The epochs of a training, and the mistakes of the trained network, the surest first. */
function training(el, { history, class_names, mistakes, size, palettes, colours }) {
  const [height, width] = size;
  const pixels = bytes(mistakes.pixels);
  const { counts } = mistakes; // of all, true × predicted
  const { epoch } = history;
  const any = ["any", ...class_names];
  const controls = [
    { name: "at", label: "epoch", max: epoch.length - 1, value: epoch.length - 1, texts: epoch },
    { name: "truth", label: "true class", options: any },
    { name: "predicted", label: "predicted", options: any },
  ];
  explore(el, controls, ({ at, truth, predicted }) => {
    const fits = (chosen, class_) => !chosen || class_ === chosen - 1;
    const found = mistakes.each
      .map((each, index) => ({ ...each, index }))
      .filter((each) => fits(truth, each.truth) && fits(predicted, each.predicted));
    const shown = found.slice(0, 12).map(({ truth, predicted, of, index }) => {
      const caption = `${class_names[truth]}: ${percent(of[0])} → ${class_names[predicted]}: ${percent(of[1])}`;
      return { height, width, pixels, palette: opened(palettes).ink, index, caption };
    });
    const both = (name) => ({ training: history[name], validation: history[`val_${name}`] });
    const panels = ["loss", "accuracy"].map((name) =>
      curves(name, epoch, both(name), at, colours.lines),
    );
    const parts = [make("div", { class: "live-beside" }, ...panels)];
    if (shown.length) parts.push(row("The surest mistakes", shown, "dp-tiles live-middle"));
    const said = `After epoch ${epoch[at]} the accuracy in validation is ${percent(history.val_accuracy[at])}. `;
    const count = counts
      .filter((_, class_) => fits(truth, class_))
      .flatMap((row) => row.filter((_, class_) => fits(predicted, class_)))
      .reduce((sum, each) => sum + each, 0);
    const remain = count === 1 ? "1 mistake remains" : `${count} mistakes remain`;
    return { said: `${said}${remain} after training.`, parts };
  });
}

const KINDS = { filters, ascent, training };

export default { render: ({ model, el }) => KINDS[model.get("kind")](el, model.get("content")) };
