// Explorers of the course's network where no kernel runs: network.js computes in the reader's
// browser what a kernel would answer.

import { standIn } from "./alone.js";
import pad, { bytes, make, opened } from "./digit_pad.js";
import { explore, highest, largest, overlaid, row } from "./explorer.js";
import guess from "./guessing.js";
import {
  ATTRIBUTIONS,
  CAMS,
  attribution,
  cam,
  centred,
  forward,
  occlusion,
  open,
  projection,
  softmax,
} from "./network.js";
import takenApart, { decode } from "./patches_explorer.js";

const PATCH = 7; // pixels
const STRIDE = 3; // while drawing: with 1 it would take ten times as long
const MAPS = 32; // of a layer on the pad, as in digit_pad.py

const text = (pixels) => btoa(pixels.reduce((said, byte) => said + String.fromCharCode(byte), ""));
const share = (value) => `${(100 * value).toFixed(1)}%`;

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
    const limit = largest(out);
    const size = height * width;
    const pixels = Uint8Array.from({ length: size * Math.min(filters, MAPS) }, (_, i) =>
      Math.round((255 * out[(i % size) * filters + Math.floor(i / size)]) / (limit || 1)),
    );
    return { name, filters, limit, height, width, palette: "activation", pixels: text(pixels) };
  });
  const ink = Uint8Array.from(image, (value) => Math.round(255 * value));
  const last = layers.at(-1).name;
  return {
    blank: image.every((value) => value === 0),
    prediction,
    probabilities,
    image: { height, width, palette: "ink", pixels: text(ink) },
    grad_cam: painted(cam("Grad-CAM", network, image, found, prediction, last)),
    occlusion: painted(occlusion(network, image, found, prediction, PATCH, STRIDE).map),
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

/** A guess of the pixel that matters most, about one drawn digit after the other. */
function guesses(el, network, { class_names, palettes, colours, examples }) {
  const [height, width] = network[0].input;
  let place = make("div");
  const another = make("button", { type: "button" }, "Another digit");
  el.classList.add("digit-pad");
  el.append(place, make("div", { class: "dp-tools" }, another));
  let number = 0;
  function ask() {
    const image = Float64Array.from(bytes(examples[number]), (value) => value / 255);
    const found = forward(network, image);
    const class_ = highest(found.at(-1).out);
    const name = class_names[class_];
    const { map } = occlusion(network, image, found, class_, PATCH, 1);
    const best = highest(map);
    const ink = opened(palettes).ink;
    const coloured = Uint32Array.from(image, (value) => ink[Math.round(255 * value)]);
    const question =
      `The network says that this is ${name}. A patch of ${PATCH}×${PATCH} white pixels is laid ` +
      `on each place of the image. Which pixel matters most: for which one do the patches that ` +
      `cover it lower the score of ${name} most, on average?`;
    const asked = {
      question,
      kind: "pixel",
      answer: [Math.floor(best / width), best % width],
      size: [height, width],
      colours: text(new Uint8Array(coloured.buffer)),
    };
    const picture = () => {
      const caption = `Occlusion: covering red lowers the score of ${name}, covering blue raises it`;
      const pixels = overlaid(image, map, colours);
      return row("", [{ height, width, pixels, caption }], "live-large");
    };
    const fresh = make("div"); // the old one keeps its listeners
    place.replaceWith(fresh);
    place = fresh;
    guess.render({ model: standIn({ asked, picture }), el: place });
  }
  another.addEventListener("click", () => {
    number = (number + 1) % examples.length;
    ask();
  });
  ask();
}

/** The image, what the network says, and what each explorer needs: of a choice by number. */
function chosen(network, { images, class_names }) {
  const { shape, values } = decode(images);
  const size = shape[1] * shape[2];
  return (number) => {
    const image = Float64Array.from(values.subarray(number * size, (number + 1) * size));
    const found = forward(network, image);
    const probabilities = softmax(found.at(-1).out);
    const top = highest(probabilities);
    return { image, found, top, said: `${class_names[top]}, ${share(probabilities[top])}` };
  };
}

const numbered = (images) => ({ name: "image", label: "image", max: images.shape[0] - 1 });

/** "The strongest value, 1.23, is in row 4, column 5." */
function strongest(map, width) {
  const best = highest(map.map(Math.abs));
  if (!map[best]) return "The map is zero everywhere.";
  const where = `row ${Math.floor(best / width)}, column ${best % width}`;
  return `The strongest value, ${map[best].toPrecision(3)}, is in ${where}.`;
}

/** Maps over an image, all on one scale. */
function over(image, [height, width], maps, captions, colours) {
  const limit = largest(maps.map(largest));
  const pictures = maps.map((map, i) => {
    return { height, width, pixels: overlaid(image, map, colours, limit), caption: captions[i] };
  });
  return row("", pictures, "live-large");
}

function gradCam(el, network, content) {
  const { images, labels, class_names, colours, against } = content;
  const layers = network.filter(({ kind }) => kind === "conv").map(({ name }) => name);
  const of = chosen(network, content);
  const size = network[0].input;
  const controls = [
    numbered(images),
    { name: "class_", label: "class", options: ["predicted", ...class_names] },
    { name: "layer", label: "layer", options: layers, value: layers.length - 1 },
    { name: "method", label: "method", options: CAMS },
  ];
  explore(el, controls, ({ image: number, class_, layer, method }) => {
    const { image, found, top, said } = of(number);
    const explained = class_ ? class_ - 1 : top;
    const map = (signed) =>
      cam(CAMS[method], network, image, found, explained, layers[layer], signed);
    const [positive, signed] = [map(false), map(true)];
    const [blue, none] = against[CAMS[method]];
    const captions = [
      `true: ${class_names[labels[number]]}, predicted: ${said}`,
      positive.some((value) => value > 0) ? "evidence for" : "no evidence for",
      signed.some((value) => value < 0) ? blue : none,
    ];
    const maps = [new Float64Array(image.length), positive, signed];
    const what = `${CAMS[method]} of ${layers[layer]}: image ${number}, what speaks for`;
    return {
      said: `${what} ${class_names[explained]}. ${strongest(signed, size[1])}`,
      parts: [over(image, size, maps, captions, colours)],
    };
  });
}

function saliency(el, network, content) {
  const { images, labels, class_names, colours, baselines } = content;
  const of = chosen(network, content);
  const size = network[0].input;
  const signed = { name: "signed", label: "signed", value: true };
  const noises = Array.from({ length: 11 }, (_, i) => i / 20);
  const controls = [
    numbered(images),
    { name: "class_", label: "class", options: class_names, value: labels[0] },
    { name: "method", label: "method", options: ATTRIBUTIONS },
    { name: "samples", label: "samples", min: 1, max: 200, value: 50 },
    { name: "noise", label: "noise", max: noises.length - 1, value: 3, texts: noises },
    { name: "baseline", label: "baseline", options: baselines.map((value) => value.toPrecision(3)) },
    signed,
  ];
  const answer = ({ image: number, class_, method, samples, noise, baseline, signed }) => {
    const { image, found, said } = of(number);
    const name = ATTRIBUTIONS[method];
    const options = { samples, noise: noises[noise], baseline: baselines[baseline] };
    const map = attribution(name, network, image, found, class_, signed, options);
    const logit = found.at(-1).out[class_];
    let sum = `logit of ${class_names[class_]}: ${logit.toFixed(2)}`;
    if (name === "integrated gradients") {
      const start = forward(network, image.map(() => options.baseline)).at(-1).out[class_];
      const total = map.reduce((a, b) => a + b, 0);
      sum = `all pixels together: ${total.toFixed(2)}; logit − baseline's: ${(logit - start).toFixed(2)}`;
    }
    const zero = new Float64Array(image.length);
    const pictures = [
      over(image, size, [zero], [`predicted: ${said}`], colours),
      over(zero, size, [map], [name], colours),
      over(image, size, [map], [`over the image; ${sum}`], colours),
    ];
    return {
      said: `${name[0].toUpperCase()}${name.slice(1)} of class ${class_names[class_]}, image ${number}. ${strongest(map, size[1])}`,
      parts: [make("div", { class: "live-beside" }, ...pictures)],
    };
  };
  explore(el, controls, answer, (name, { image, class_ }) => {
    if (name === "image") class_.value = labels[image.value];
  });
}

function occluded(el, network, content) {
  const { images, labels, class_names, colours, fills } = content;
  const of = chosen(network, content);
  const size = network[0].input;
  const side = Math.min(size[0], size[1]);
  const usual = Math.max(1, Math.floor(side / 4));
  const controls = [
    numbered(images),
    { name: "class_", label: "class", options: class_names, value: labels[0] },
    { name: "patch", label: "patch", min: 1, max: side, value: usual },
    { name: "stride", label: "stride", min: 1, max: usual, value: Math.max(1, Math.floor(usual / 3)) },
    { name: "fill", label: "fill", options: [...fills.map((value) => value.toPrecision(3)), "mean"] },
  ];
  const answer = ({ image: number, class_, patch, fill }, limit) => {
    const { image, found, said } = of(number);
    const stride = limit("stride", patch);
    const value = fills[fill] ?? image.reduce((a, b) => a + b, 0) / image.length;
    const all = [network, image, found, class_, patch, stride, value];
    const { map, strongest: [top, left] } = occlusion(...all);
    const covered = image.slice();
    for (let y = top; y < top + patch; y++) {
      for (let x = left; x < left + patch; x++) covered[y * size[1] + x] = value;
    }
    const then = forward(network, covered).at(-1).out;
    const probabilities = softmax(then);
    const best = highest(probabilities);
    const name = class_names[class_];
    const logit = (outputs) => `logit of ${name}: ${outputs[class_].toFixed(2)}`;
    const zero = new Float64Array(image.length);
    const pictures = [
      over(image, size, [zero], [`predicted: ${said}; ${logit(found.at(-1).out)}`], colours),
      over(covered, size, [zero], [
        `covered where the map is strongest, from row ${top}, column ${left}: ` +
          `${class_names[best]}, ${share(probabilities[best])}; ${logit(then)}`,
      ], colours),
      over(image, size, [map], [`drop of the logit of ${name}`], colours),
    ];
    return {
      said:
        `What a patch of ${patch}×${patch} pixels takes from class ${name}, image ${number}. ` +
        strongest(map, size[1]),
      parts: [make("div", { class: "live-beside" }, ...pictures)],
    };
  };
  explore(el, controls, answer, (name, { image, class_ }) => {
    if (name === "image") class_.value = labels[image.value];
  });
}

/** One pixel of a map, as patches_explorer.py takes it apart. */
function patches(el, network, content) {
  const { titles, layers, maps } = content;
  const of = chosen(network, content);
  const controls = [
    { name: "image", label: "image", options: titles },
    { name: "layer", label: "layer", options: layers },
    { name: "filter", label: "filter", max: 0 },
  ];
  const model = standIn({ colours: maps });
  const below = make("div");
  explore(el, controls, ({ image: number, layer }, limit) => {
    const at = network.findIndex(({ name }) => name === layers[layer]);
    const { side, input, shape, kernel, bias } = network[at];
    const count = shape[2];
    const filter = limit("filter", count - 1);
    const { image, found } = of(number);
    const ofFilter = (values) => values.filter((_, i) => i % count === filter);
    const map = ofFilter(found[at].out);
    const best = highest(map);
    const first = !model.get("shown");
    model.set("shown", {
      layer: layers[layer],
      filter,
      map: { shape: shape.slice(0, 2), values: map },
      inputs: { shape: input, values: at ? found[at - 1].out : image },
      kernel: { shape: [side, side, input[2]], values: ofFilter(kernel) },
      bias: bias[filter],
      activation: "relu",
      stride: [1, 1],
      dilation: [1, 1],
      padding: [side >> 1, side >> 1],
      start: [Math.floor(best / shape[1]), best % shape[1]],
      ink: at === 0,
    });
    if (first) takenApart.render({ model, el: below });
    return { said: "", parts: [below] };
  });
}

/** The images that excite a filter most, and what of its activation projects to their pixels. */
function deconvnet(el, network, content) {
  const { numbers, best, fields, palettes } = content;
  const { ink, signed } = opened(palettes);
  const of = chosen(network, content);
  const [height, width] = network[0].input;
  const layers = Object.keys(best);
  const controls = [
    { name: "layer", label: "layer", options: layers },
    { name: "filter", label: "filter", max: 0 },
    { name: "rank", label: "rank", min: 1, max: best[layers[0]][0].length, value: 1 },
  ];
  const inked = (image) => image.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  const scaled = (map, limit) => map.map((value) => Math.round(127.5 + (127.5 * value) / (limit || 1)));
  // The part of a picture that the unit sees; what lies beyond the border is 0.
  const seen = (picture, [top, left], [rows, columns]) =>
    Float64Array.from({ length: rows * columns }, (_, i) => {
      const [y, x] = [top + Math.floor(i / columns), left + (i % columns)];
      return y >= 0 && y < height && x >= 0 && x < width ? picture[y * width + x] : 0;
    });
  explore(el, controls, ({ layer, rank }, limit) => {
    const name = layers[layer];
    const filter = limit("filter", best[name].length - 1);
    const { size, stride, start } = fields[name];
    const all = best[name][filter].map((number) => {
      const { image, found } = of(number);
      const { value, position, projected } = projection(network, image, found, name, filter);
      const corner = position.map((place, axis) => start[axis] + place * stride[axis]);
      return { number: numbers[number], image, value, projected, corner };
    });
    const { number, image, value, projected, corner } = all[rank - 1];
    const large = row("", [
      { height, width, pixels: inked(image), palette: ink,
        caption: `image ${number}, activation ${value.toFixed(2)}` },
      { height, width, pixels: scaled(projected, largest(projected)), palette: signed,
        caption: `sent down, from ${Math.min(...projected).toPrecision(2)} to ` +
          `${Math.max(...projected).toPrecision(2)}` },
    ], "live-large");
    const tiles = (heading, label, palette, pixels) => {
      const each = all.map((one, i) => {
        const parts = { height: size[0], width: size[1], palette, pixels: pixels(one) };
        return { ...parts, caption: `${i + 1}`, label: `${label} ${i + 1}` };
      });
      return row(heading, each);
    };
    const strongest = largest(all.map((one) => largest(one.projected)));
    return {
      said:
        `Filter ${filter} of ${name}: number ${rank} of the images that excite it most. The unit ` +
        `sees ${size[0]} × ${size[1]} pixels from row ${corner[0]}, column ${corner[1]}.`,
      parts: [
        large,
        tiles("All patches", "patch", ink, (one) => inked(seen(one.image, one.corner, size))),
        tiles("All projections", "projection", signed, (one) =>
          scaled(seen(one.projected, one.corner, size), strongest)),
      ],
    };
  });
}

/** How well the highest pixels of a map agree with a mask, as faithfulness.iou. */
function iou(map, mask) {
  const size = mask.reduce((sum, inside) => sum + inside, 0);
  const last = Float64Array.from(map).sort()[map.length - size];
  const count = (fits) => map.reduce((sum, value) => sum + fits(value), 0);
  const share = (size - count((value) => value > last)) / count((value) => value === last);
  const common = map.reduce((sum, value, i) => {
    const chosen = value > last ? 1 : value === last ? share : 0;
    return sum + mask[i] * chosen;
  }, 0);
  return common / (2 * size - common);
}

// Without those that need many passes for each head, and so seconds.
const QUICK = [...CAMS, ...ATTRIBUTIONS].filter(
  (name) => !["Score-CAM", "SmoothGrad", "integrated gradients"].includes(name),
);

/** The maps of all heads of a network for one image, over a mask. */
function fourHeads(el, _, { network: file, images, mask, truth, values, colours }) {
  const names = Object.keys(values);
  const networks = names.map((name) =>
    open({ ...file, layers: [...file.layers, file.heads[name]] }),
  );
  const [count, height, width, channels] = images.shape;
  const layers = networks[0].filter(({ kind }) => kind === "conv").map(({ name }) => name);
  const [pixels, inside] = [decode(images).values, bytes(mask)];
  const controls = [
    { name: "image", label: "image", max: count - 1 },
    { name: "another", label: "class", options: ["predicted", "another"] },
    { name: "method", label: "method", options: QUICK },
    { name: "layer", label: "layer", options: layers, value: layers.length - 1 },
    { name: "signed", label: "signed", value: false },
  ];
  explore(el, controls, ({ image: number, another, signed, ...at }) => {
    const [method, layer] = [QUICK[at.method], layers[at.layer]];
    const of = (values, size) => values.slice(number * size, (number + 1) * size);
    const image = Float64Array.from(of(pixels, height * width * channels));
    const line = of(inside, height * width);
    const shared = forward(networks[0].slice(0, -1), image);
    const pictures = names.map((name, i) => {
      const found = forward(networks[i], image, shared);
      const logits = found.at(-1).out;
      const probabilities = file.heads[name].sigmoid
        ? Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)))
        : softmax(logits);
      const class_ = (highest(logits) + another) % logits.length;
      const all = [method, networks[i], image, found, class_];
      const map = CAMS.includes(method)
        ? cam(...all, layer, signed)
        : attribution(...all, signed, { layer });
      const peak = Math.max(...map);
      const out = map.some((value, j) => value === peak && !line[j]);
      const caption =
        `${name} ${values[name][class_]}: ${share(probabilities[class_])}; IoU ` +
        `${iou(map, line).toFixed(2)}, peak ${out ? "out" : "in"}side`;
      const paper = Array.from(line, (ink) => 0.4 * ink); // pale ink
      return { height, width, pixels: overlaid(paper, map, colours), caption };
    });
    const real = names.map((name) => `${name} ${values[name][truth[name][number]]}`).join(", ");
    const which = another ? "another" : "predicted";
    const layered = [...CAMS, "guided Grad-CAM"].includes(method);
    const name = layered ? `${method} of ${layer}` : method;
    return {
      said: `${name}, ${which} class of each head. Image ${number}: ${real}.`,
      parts: [row("", pictures, "live-large")],
    };
  });
}

const KINDS = {
  pad: drawing,
  guesses,
  grad_cam: gradCam,
  saliency,
  occlusion: occluded,
  patches,
  deconvnet,
  four_heads: fourHeads,
};

function render({ model, el }) {
  const content = model.get("content");
  KINDS[model.get("kind")](el, content.network.heads ? null : open(content.network), content);
}

export default { render };
