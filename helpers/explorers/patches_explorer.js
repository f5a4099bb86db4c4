// Draws a feature map, and for the pixel under the pointer: patch × kernel = value.

/** {shape, data} as sent by Python (float32, base64) -> {shape, values}; these may be there already. */
export function decode({ shape, data, values }) {
  if (values) return { shape, values };
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
}

/** The layer as sent by Python, its arrays decoded. */
export function open(shown) {
  const { map, inputs, kernel } = shown;
  return { ...shown, map: decode(map), inputs: decode(inputs), kernel: decode(kernel) };
}

/** One pixel taken apart, as `Convolution.pixel` does: the tests hold the two together. */
export function pixel(layer, row, column) {
  const [height, width, channels] = layer.inputs.shape;
  const [rows, columns] = layer.kernel.shape;
  const top = row * layer.stride[0] - layer.padding[0];
  const left = column * layer.stride[1] - layer.padding[1];
  const kernel = layer.kernel.values;
  const patch = new Float32Array(kernel.length);
  const product = new Float64Array(kernel.length);
  const sums = new Array(channels).fill(0);
  for (let i = 0; i < kernel.length; i++) {
    const channel = i % channels;
    const y = top + layer.dilation[0] * Math.floor(i / channels / columns);
    const x = left + layer.dilation[1] * (Math.floor(i / channels) % columns);
    const inside = y >= 0 && y < height && x >= 0 && x < width;
    patch[i] = inside ? layer.inputs.values[(y * width + x) * channels + channel] : 0;
    product[i] = patch[i] * kernel[i];
    sums[channel] += product[i];
  }
  const total = sums.reduce((a, b) => a + b, 0);
  const value = layer.map.values[row * layer.map.shape[1] + column];
  const size = [layer.dilation[0] * (rows - 1) + 1, layer.dilation[1] * (columns - 1) + 1];
  return { patch, product, sums, total, value, corner: [top, left], size };
}

/** A number as people write it: with a minus sign, and none before zero. */
export function written(value, digits) {
  return value.toFixed(digits).replace(/^-(0\.0*)$/, "$1").replace("-", "−");
}

/** What a screen reader says, and everybody reads below the maps. */
export function sentence(layer, row, column) {
  const { total, value } = pixel(layer, row, column);
  const n = (number) => written(number, 3);
  return (
    `Row ${row}, column ${column}: patch × kernel sums to ${n(total)}; with the bias ` +
    `(${n(layer.bias)}) ${n(total + layer.bias)}; after ${layer.activation} ${n(value)}.`
  );
}

const SIDE = 210; // CSS pixels of a map
const TILE = 44; // and of a channel
const ROOM = 30; // and of a number
const MOST = 16; // channels shown
const MOST_NUMBERS = 25; // in a patch

function canvas(width, height) {
  const element = document.createElement("canvas");
  const scale = Math.max(2, window.devicePixelRatio || 1); // for who zooms in later, too
  element.width = width * scale;
  element.height = height * scale;
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
  const context = element.getContext("2d");
  context.scale(scale, scale);
  context.textAlign = "center";
  context.textBaseline = "middle";
  return [element, context];
}

/** Draws an array [height][width] and returns the size of a cell. */
function paint(context, at, [height, width], x, y, cell, colour) {
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      context.fillStyle = `rgb(${colour(at(r, c))})`;
      // Whole pixels: no seams between cells of broken size.
      const [left, top] = [Math.round(x + c * cell), Math.round(y + r * cell)];
      const [right, bottom] = [Math.round(x + (c + 1) * cell), Math.round(y + (r + 1) * cell)];
      context.fillRect(left, top, right - left, bottom - top);
    }
  }
  context.strokeStyle = "#ccc";
  context.lineWidth = 1;
  context.strokeRect(x, y, width * cell, height * cell);
}

/** Writes the numbers into a painted array, each squeezed into its cell. */
function write(context, at, [height, width], cell, colour) {
  context.font = "10px sans-serif";
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const [red, green, blue] = colour(at(r, c));
      context.fillStyle = 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "white" : "black";
      context.fillText(written(at(r, c), 2), (c + 0.5) * cell, (r + 0.5) * cell, cell - 3);
    }
  }
}

function extremes(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** A colour scale from zero, or symmetric about zero if something is negative. */
function colours(palettes, values, signed = false) {
  const [low, high] = extremes(values);
  const limit = Math.max(high, -low) || 1;
  const both = signed || low < 0;
  const palette = palettes[both ? "signed" : "activation"];
  return (value) => palette[index(both ? (value / limit + 1) / 2 : value / limit)];
}

function index(share) {
  return Math.max(0, Math.min(255, Math.floor(share * 256)));
}

function box(context, x, y, width, height) {
  for (const [colour, line] of [["white", 4], ["black", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}

function render({ model, el }) {
  const palettes = model.get("colours");
  const root = document.createElement("div");
  const line = document.createElement("p");
  line.setAttribute("aria-live", "polite");
  line.style.fontVariantNumeric = "tabular-nums";
  root.style.cssText = "display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start";
  el.append(root, line);
  let layer;
  let row = 0;
  let column = 0;
  let draw = () => {};

  function make(tag, style, ...children) {
    const element = document.createElement(tag);
    element.style.cssText = style;
    element.append(...children);
    return element;
  }

  // Words are text of the page: on a canvas they would keep the colour of the theme of that moment.
  const caption = (text) => make("figcaption", "", text);
  const figure = (text, ...elements) =>
    make("figure", "margin: 0; font-size: 12px; max-width: 100%", caption(text), ...elements);

  function build() {
    const before = layer?.layer;
    layer = open(model.get("shown"));
    if (before !== layer.layer) [row, column] = layer.start;
    const focused = root.contains(document.activeElement);
    root.replaceChildren();
    const [height, width] = layer.map.shape;
    const [tall, wide, channels] = layer.inputs.shape;
    const [rows, columns] = layer.kernel.shape;

    const cell = SIDE / Math.max(height, width);
    const [map, mapContext] = canvas(width * cell + 4, height * cell + 4);
    map.tabIndex = 0;
    map.setAttribute("role", "application");
    map.setAttribute(
      "aria-label",
      `Feature map of filter ${layer.filter} of ${layer.layer}, ${height} rows by ${width} ` +
        "columns. The arrow keys move from pixel to pixel.",
    );
    map.style.cursor = "crosshair";
    root.append(figure(`feature map of filter ${layer.filter}: point at a pixel`, map));

    // A margin, for the patch that hangs over the border.
    const margin = [layer.padding[0] + 1, layer.padding[1] + 1];
    const small = SIDE / Math.max(tall + 2 * margin[0], wide + 2 * margin[1]);
    const [input, inputContext] = canvas(
      (wide + 2 * margin[1]) * small,
      (tall + 2 * margin[0]) * small,
    );
    input.setAttribute("role", "img");
    input.setAttribute("aria-label", "What the layer reads, with the patch outlined.");
    const read = channels === 1 ? "what the layer reads" : `mean of its ${channels} input maps`;
    root.append(figure(read, input));

    // Patch, kernel and product, side by side; of several channels one above the other.
    const numbered = channels === 1 && rows * columns <= MOST_NUMBERS;
    const step = numbered ? ROOM : (channels === 1 ? SIDE : TILE) / Math.max(rows, columns);
    const words = ["patch", "× kernel", "= product"];
    const shown = Array.from({ length: Math.min(channels, MOST) }, () => {
      const three = words.map(() => canvas(columns * step, rows * step));
      const [number, sum] = [caption(""), caption("")];
      const centred = "margin: 0; text-align: center; font-variant-numeric: tabular-nums";
      const parts = three.map(([element], i) =>
        channels === 1 ? make("figure", centred, caption(words[i]), element) : element,
      );
      const column = `${centred}; display: grid; gap: 3px; min-width: ${TILE}px`;
      const [patch, kernel, product] = parts;
      const stacked = [number, patch, kernel, sum, product];
      const whole = channels === 1 ? parts : [make("figure", column, ...stacked)];
      return { contexts: three.map(([, context]) => context), number, sum, whole };
    });
    const sums = make("div", "display: flex; flex-wrap: wrap; gap: 6px 8px; margin-top: 4px");
    sums.append(...shown.flatMap(({ whole }) => whole));
    sums.setAttribute("role", "img");
    sums.setAttribute("aria-label", "Patch, kernel and their product.");
    const most = channels > MOST ? `, the ${MOST} of ${channels} that add most` : "";
    const each = channels === 1 ? "" : `, with its sum, channel by channel${most}`;
    const product = figure(`patch × kernel = product${each}`, sums);
    product.style.flex = "1 1 280px";
    root.append(product);

    const mean = new Float32Array(tall * wide);
    layer.inputs.values.forEach((value, i) => (mean[Math.floor(i / channels)] += value / channels));
    const ink = (value) => palettes.ink[index(value)];
    const reading = layer.ink ? ink : colours(palettes, layer.inputs.values);
    const meanColour = layer.ink ? ink : colours(palettes, mean);
    const mapColour = colours(palettes, layer.map.values);
    const kernelColour = colours(palettes, layer.kernel.values, true);

    draw = () => {
      const found = pixel(layer, row, column);
      mapContext.clearRect(0, 0, map.width, map.height);
      paint(mapContext, (r, c) => layer.map.values[r * width + c], [height, width], 2, 2, cell, mapColour);
      box(mapContext, 2 + column * cell, 2 + row * cell, cell, cell);

      inputContext.clearRect(0, 0, input.width, input.height);
      const [x, y] = [margin[1] * small, margin[0] * small];
      paint(inputContext, (r, c) => mean[r * wide + c], [tall, wide], x, y, small, meanColour);
      const [top, left] = found.corner;
      box(inputContext, x + left * small, y + top * small, found.size[1] * small, found.size[0] * small);

      const chosen = [...found.sums.keys()]
        .sort((a, b) => Math.abs(found.sums[b]) - Math.abs(found.sums[a]))
        .slice(0, MOST)
        .sort((a, b) => a - b);
      const parts = [
        [found.patch, reading],
        [layer.kernel.values, kernelColour],
        [found.product, colours(palettes, found.product, true)],
      ];
      shown.forEach(({ contexts, number, sum }, i) => {
        number.textContent = chosen[i];
        sum.textContent = written(found.sums[chosen[i]], 2);
        parts.forEach(([values, colour], part) => {
          const at = (r, c) => values[(r * columns + c) * channels + chosen[i]];
          paint(contexts[part], at, [rows, columns], 0, 0, step, colour);
          if (numbered) write(contexts[part], at, [rows, columns], step, colour);
        });
      });
      line.textContent = sentence(layer, row, column);
    };

    const move = (r, c) => {
      row = Math.max(0, Math.min(height - 1, r));
      column = Math.max(0, Math.min(width - 1, c));
      draw();
    };
    map.addEventListener("mousemove", (event) => {
      const { left, top } = map.getBoundingClientRect();
      move(
        Math.floor((event.clientY - top - 2) / cell),
        Math.floor((event.clientX - left - 2) / cell),
      );
    });
    const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    map.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.stopPropagation(); // JupyterLab would go to the next cell, and D D would delete this one
      if (!(event.key in arrows)) return;
      event.preventDefault();
      move(row + arrows[event.key][0], column + arrows[event.key][1]);
    });
    if (focused) map.focus();
    draw();
  }

  build();
  model.on("change:shown", build);
  return () => model.off("change:shown", build);
}

export default { render };
