// The course's network in plain JavaScript: forward pass, gradients, maps and occlusion. It computes
// what helpers.methods computes in Python: tests/browser/test_page.py and test_alone.py hold the two
// together. Arrays lie row by row, channels last, as in Keras.

/** {shape, data} as written by Python (float32, base64) -> its values. */
function values({ data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** The network in the file that network.py makes. */
export function open({ shape, layers }) {
  return layers.map((layer) => {
    const input = shape;
    if (layer.kind === "pool") {
      shape = [input[0] >> 1, input[1] >> 1, input[2]];
      return { ...layer, input, shape };
    }
    const kernel = values(layer.kernel);
    const bias = values(layer.bias);
    const units = bias.length;
    if (layer.kind === "dense") {
      shape = [1, 1, units];
      return { ...layer, input, shape, kernel, bias };
    }
    shape = [input[0], input[1], units];
    const side = layer.kernel.shape[0];
    const both = stamps(kernel, side, input[2], units);
    return { ...layer, input, shape, kernel, bias, side, stamps: both };
  });
}

// A value of the input is added to the sums around it, and a gradient of the sums to the inputs
// around it. What is added is the value times a stamp: side × side places with all their channels.
function stamps(kernel, side, channels, filters) {
  const there = new Float64Array(kernel.length);
  const back = new Float64Array(kernel.length);
  const places = side * side;
  for (let i = 0; i < kernel.length; i++) {
    const filter = i % filters;
    const channel = Math.floor(i / filters) % channels;
    const place = Math.floor(i / filters / channels);
    there[(channel * places + places - 1 - place) * filters + filter] = kernel[i];
    back[(filter * places + place) * channels + channel] = kernel[i];
  }
  return { there, back };
}

// Adds to `out` the stamps of all values. Most values are zero, and cost nothing.
function stamp(input, [height, width, channels], side, stamps, out) {
  const filters = stamps.length / side / side / channels;
  const reach = side >> 1;
  for (let y = 0, i = 0; y < height; y++) {
    const first = Math.max(0, reach - y);
    const last = Math.min(side, height + reach - y);
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, reach - x);
      const count = (Math.min(side, width + reach - x) - left) * filters;
      for (let channel = 0; channel < channels; channel++, i++) {
        const value = input[i];
        if (value === 0) continue;
        for (let row = first; row < last; row++) {
          const to = ((y + row - reach) * width + x + left - reach) * filters;
          const from = ((channel * side + row) * side + left) * filters;
          for (let j = 0; j < count; j++) out[to + j] += value * stamps[from + j];
        }
      }
    }
  }
  return out;
}

// What a layer adds to the sums of its units.
const ADD = {
  conv: (layer, input, sums) => stamp(input, layer.input, layer.side, layer.stamps.there, sums),
  dense(layer, input, sums) {
    const units = sums.length;
    for (let i = 0; i < input.length; i++) {
      if (input[i] === 0) continue;
      for (let unit = 0; unit < units; unit++) sums[unit] += input[i] * layer.kernel[i * units + unit];
    }
    return sums;
  },
};

// A loop, here and below, where `map` would take three times as long.
function rectified(sums) {
  const out = new Float64Array(sums.length);
  for (let i = 0; i < out.length; i++) if (sums[i] > 0) out[i] = sums[i];
  return out;
}

/** Of each layer {sums, out}: what it adds up, and what comes of that. The last are the logits. Of the
 * first layers they may be `known`. */
export function forward(network, image, known = []) {
  const found = [...known];
  for (const layer of network.slice(known.length)) {
    const input = found.at(-1)?.out ?? image;
    if (layer.kind === "pool") found.push({ out: pool(layer, input) });
    else {
      const [height, width, units] = layer.shape;
      const biases = new Float64Array(height * width * units);
      for (let i = 0; i < biases.length; i++) biases[i] = layer.bias[i % units];
      const sums = ADD[layer.kind](layer, input, biases);
      found.push({ sums, out: layer.relu ? rectified(sums) : sums });
    }
  }
  return found;
}

// The logits of an image that is little changed: a layer adds up only what has changed.
function changed(network, image, found, other) {
  let [before, now] = [image, other];
  network.forEach((layer, i) => {
    if (layer.kind === "pool") now = pool(layer, now);
    else {
      const difference = new Float64Array(now.length);
      for (let j = 0; j < now.length; j++) difference[j] = now[j] - before[j];
      const sums = ADD[layer.kind](layer, difference, found[i].sums.slice());
      now = layer.relu ? rectified(sums) : sums;
    }
    before = found[i].out;
  });
  return now;
}

// Where each maximum of 2×2 comes from: the first of equals, as in TensorFlow.
function maxima(layer, input) {
  const [height, width, channels] = layer.shape;
  const across = layer.input[1] * channels;
  const from = new Int32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, i++) {
        let best = 2 * (y * across + x * channels) + channel;
        const below = best + across;
        if (input[best + channels] > input[best]) best += channels;
        if (input[below] > input[best]) best = below;
        if (input[below + channels] > input[best]) best = below + channels;
        from[i] = best;
      }
    }
  }
  return from;
}

function pool(layer, input) {
  const from = maxima(layer, input);
  const out = new Float64Array(from.length);
  for (let i = 0; i < out.length; i++) out[i] = input[from[i]];
  return out;
}

export function softmax(logits) {
  const most = Math.max(...logits);
  const shares = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}

// What passes a ReLU on the way back: `slope` is what arrives, `sum` what the ReLU took.
const PASS = {
  gradient: (slope, sum) => (sum > 0 ? slope : 0),
  deconvnet: (slope) => Math.max(0, slope),
  guided: (slope, sum) => (sum > 0 ? Math.max(0, slope) : 0),
};

// Hands slopes of the output of layer number `from` back to the output of layer number `at`; −1 is
// the image. `found` is what `forward` returned for the image.
function backward(network, image, found, slopes, from, at, pass) {
  for (let i = from; i > at; i--) {
    const layer = network[i];
    if (layer.relu) slopes = slopes.map((slope, j) => pass(slope, found[i].sums[j]));
    slopes = BACK[layer.kind](layer, slopes, i ? found[i - 1].out : image);
  }
  return slopes;
}

/** The gradient of a class's logit with respect to the output of layer number `at`. */
export function gradient(network, image, found, class_, at, pass = PASS.gradient) {
  const slopes = new Float64Array(found.at(-1).out.length);
  slopes[class_] = 1;
  return backward(network, image, found, slopes, network.length - 1, at, pass);
}

/** The strongest activation of a filter of the layer called `name`: its `value` and `position` (row,
 * column), and the activation `projected` down to the pixels as a deconvnet does. */
export function projection(network, image, found, name, filter) {
  const at = network.findIndex((layer) => layer.name === name);
  const [, width, count] = network[at].shape;
  const { out } = found[at];
  let best = filter;
  for (let i = filter; i < out.length; i += count) if (out[i] > out[best]) best = i;
  const slopes = new Float64Array(out.length);
  slopes[best] = out[best];
  const place = Math.floor(best / count);
  return {
    value: out[best],
    position: [Math.floor(place / width), place % width],
    projected: backward(network, image, found, slopes, at, -1, PASS.deconvnet),
  };
}

const BACK = {
  conv(layer, slopes, input) {
    const back = new Float64Array(input.length);
    return stamp(slopes, layer.shape, layer.side, layer.stamps.back, back);
  },
  pool(layer, slopes, input) {
    const back = new Float64Array(input.length);
    maxima(layer, input).forEach((from, i) => (back[from] += slopes[i]));
    return back;
  },
  dense({ kernel }, slopes, input) {
    const units = slopes.length;
    return input.map((_, i) =>
      slopes.reduce((sum, slope, unit) => sum + slope * kernel[i * units + unit], 0),
    );
  },
};

// How each method weighs the maps of a layer, from the maps and their gradients.
const ofChannel = (values, channels, of) => {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sums[i % channels] += of(i);
  return sums;
};
const ratio = (above, below) => (below ? above / below : 0);
const WEIGH = {
  "Grad-CAM"(maps, slopes, channels) {
    const sums = ofChannel(maps, channels, (i) => slopes[i]);
    return (i) => (sums[i % channels] * channels) / maps.length;
  },
  "Grad-CAM++"(maps, slopes, channels) {
    const totals = ofChannel(maps, channels, (i) => maps[i]);
    const sums = ofChannel(maps, channels, (i) => {
      const positive = Math.max(0, slopes[i]);
      return ratio(positive, 2 + totals[i % channels] * positive);
    });
    return (i) => sums[i % channels];
  },
  "XGrad-CAM"(maps, slopes, channels) {
    const totals = ofChannel(maps, channels, (i) => maps[i]);
    const sums = ofChannel(maps, channels, (i) => maps[i] * slopes[i]);
    return (i) => ratio(sums[i % channels], totals[i % channels]);
  },
  LayerCAM: (maps, slopes) => (i) => Math.max(0, slopes[i]),
  HiResCAM: (maps, slopes) => (i) => slopes[i],
  "Score-CAM": (maps, shares, channels) => (i) => shares[i % channels],
};
export const CAMS = Object.keys(WEIGH);

/** A class activation map of the layer called `name`, at the size of the image. Without `signed`,
 * what speaks against the class is left out. */
export function cam(method, network, image, found, class_, name, signed = false) {
  const at = network.findIndex((layer) => layer.name === name);
  const [height, width, channels] = network[at].shape;
  const maps = found[at].out;
  const given =
    method === "Score-CAM"
      ? seenThrough(network, image, class_, maps, network[at].shape)
      : gradient(network, image, found, class_, at);
  const weight = WEIGH[method](maps, given, channels);
  const total = new Float64Array(height * width);
  for (let i = 0; i < maps.length; i++) total[Math.floor(i / channels)] += maps[i] * weight(i);
  return enlarged(signed ? total : rectified(total), [height, width], network[0].input);
}

// A share for each map: the softmax of the scores of the image seen through each of them.
function seenThrough(network, image, class_, maps, [height, width, channels]) {
  const [rows, columns, depth] = network[0].input;
  const scores = Array.from({ length: channels }, (_, channel) => {
    const map = maps.filter((_, i) => i % channels === channel);
    const mask = enlarged(map, [height, width], [rows, columns]);
    const [low, high] = [Math.min(...mask), Math.max(...mask)];
    const seen = image.map((value, i) => value * ratio(mask[Math.floor(i / depth)] - low, high - low));
    return forward(network, seen).at(-1).out[class_];
  });
  return softmax(scores);
}

/** A function that draws from the standard normal distribution, the same numbers each time: the
 * xorshift generator of Marsaglia 2003, and the method of Box and Muller 1958. */
export function normals() {
  let state = 2463534242;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32; // never 0
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

// What each method gives to each pixel. Options: how many `samples` a mean is of, the value of each
// pixel of the `baseline`, the `noise` as a share of the image's range and what draws it (`normal`),
// and the `layer` of guided Grad-CAM, by default the last convolution.
const times = (values, others) => values.map((value, i) => value * others[i]);
const back = (network, image, found, class_, pass) =>
  gradient(network, image, found, class_, -1, pass);
// The mean gradient over `count` images: `at(k)` is image number k.
function mean(network, class_, count, at) {
  const sums = new Float64Array(network[0].input.reduce((a, b) => a * b));
  for (let k = 0; k < count; k++) {
    const there = at(k);
    const slopes = back(network, there, forward(network, there), class_);
    for (let i = 0; i < sums.length; i++) sums[i] += slopes[i] / count;
  }
  return sums;
}
const ATTRIBUTE = {
  gradient: (network, image, found, class_) => back(network, image, found, class_),
  "gradient × input": (network, image, found, class_) =>
    times(back(network, image, found, class_), image),
  SmoothGrad(network, image, found, class_, { samples, noise, normal = normals() }) {
    const spread = noise * (Math.max(...image) - Math.min(...image));
    return mean(network, class_, samples, () => image.map((value) => value + spread * normal()));
  },
  "integrated gradients"(network, image, found, class_, { samples, baseline }) {
    const way = image.map((value) => value - baseline);
    const slopes = mean(network, class_, samples, (k) =>
      way.map((value) => baseline + (value * (k + 0.5)) / samples),
    );
    return times(slopes, way);
  },
  deconvnet: (network, image, found, class_) => back(network, image, found, class_, PASS.deconvnet),
  "guided backprop": (network, image, found, class_) =>
    back(network, image, found, class_, PASS.guided),
  "guided Grad-CAM"(network, image, found, class_, { layer }) {
    layer ??= network.findLast(({ kind }) => kind === "conv").name;
    const where = cam("Grad-CAM", network, image, found, class_, layer);
    const slopes = back(network, image, found, class_, PASS.guided);
    return slopes.map((slope, i) => slope * where[Math.floor((i * where.length) / slopes.length)]);
  },
};
export const ATTRIBUTIONS = Object.keys(ATTRIBUTE);
const SHARES = ["gradient × input", "integrated gradients"];

/** What a method gives to each pixel of an image: with its sign if it is `signed` or a share of the
 * score, else its size, the largest of all channels. */
export function attribution(method, network, image, found, class_, signed, options = {}) {
  const given = ATTRIBUTE[method](network, image, found, class_, options);
  const [height, width, depth] = network[0].input;
  const join =
    signed || SHARES.includes(method)
      ? (sum, value) => sum + value
      : (most, value) => Math.max(most, Math.abs(value));
  return Float64Array.from({ length: height * width }, (_, i) =>
    given.subarray(i * depth, (i + 1) * depth).reduce(join, 0),
  );
}

/** A map in another size: bilinear, between the middles of pixels, as `tf.image.resize`. */
function enlarged(map, [height, width], [rows, columns]) {
  const between = (i, size, wanted) => {
    const place = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / wanted - 0.5));
    const low = Math.floor(place);
    return [low, Math.min(size - 1, low + 1), place - low];
  };
  const out = new Float64Array(rows * columns);
  for (let y = 0, i = 0; y < rows; y++) {
    const [top, bottom, down] = between(y, height, rows);
    for (let x = 0; x < columns; x++, i++) {
      const [left, right, across] = between(x, width, columns);
      const upper = map[top * width + left] * (1 - across) + map[top * width + right] * across;
      const lower = map[bottom * width + left] * (1 - across) + map[bottom * width + right] * across;
      out[i] = upper * (1 - down) + lower * down;
    }
  }
  return out;
}

/** The drop of a class's logit where a patch of the value `fill` lies, averaged over the patches
 * (`map`); and the patch under which the map is strongest (`strongest`: row, column). `found` is
 * what `forward` returned for the image. */
export function occlusion(network, image, found, class_, patch, stride, fill = 0) {
  const [height, width] = network[0].input;
  const clean = found.at(-1).out[class_];
  const sums = new Float64Array(height * width);
  const counts = new Float64Array(height * width);
  const places = positions(height, patch, stride).flatMap((top) =>
    positions(width, patch, stride).map((left) => [top, left]),
  );
  const under = ([top, left]) => {
    const pixels = [];
    for (let y = top; y < top + patch; y++) {
      for (let x = left; x < left + patch; x++) pixels.push(y * width + x);
    }
    return pixels;
  };
  for (const place of places) {
    const pixels = under(place);
    let drop = 0;
    if (pixels.some((i) => image[i] !== fill)) {
      const covered = image.slice();
      for (const i of pixels) covered[i] = fill;
      drop = clean - changed(network, image, found, covered)[class_];
    }
    for (const i of pixels) {
      sums[i] += drop;
      counts[i] += 1;
    }
  }
  const map = sums.map((sum, i) => sum / counts[i]);
  const means = places.map((place) => under(place).reduce((sum, i) => sum + map[i], 0));
  return { map, strongest: places[means.indexOf(Math.max(...means))] };
}

function positions(size, patch, stride) {
  const last = size - patch;
  const starts = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
  return starts.at(-1) === last ? starts : [...starts, last];
}

/** A drawing (side × side, ink from 0 to 1), scaled and centred as `centre_like_mnist` does. */
export function centred(ink, side, [height, width]) {
  const image = new Float64Array(height * width);
  const [rows, columns] = [[], []];
  ink.forEach((value, i) => {
    if (value > 0.1) {
      rows.push(Math.floor(i / side));
      columns.push(i % side);
    }
  });
  if (!rows.length) return image;
  const ends = [rows, columns].map((all) => all.reduce(([a, b], i) => [Math.min(a, i), Math.max(b, i)], [side, 0]));
  const longer = Math.max(...ends.map(([first, last]) => last + 1 - first));
  const step = longer / rint((Math.min(height, width) * 20) / 28);
  const [down, across] = ends.map(([first, last]) => averages(first, last + 1, step, side));
  const half = down.map((shares) => {
    const row = new Float64Array(side);
    shares.forEach(([y, share]) => {
      for (let x = 0; x < side; x++) row[x] += share * ink[y * side + x];
    });
    return row;
  });
  const box = half.map((row) =>
    across.map((shares) => shares.reduce((sum, [x, share]) => sum + share * row[x], 0)),
  );
  let [mass, y, x] = [0, 0, 0];
  box.forEach((row, r) =>
    row.forEach((value, c) => {
      mass += value;
      y += r * value;
      x += c * value;
    }),
  );
  const corner = (size, inner, middle) =>
    Math.min(size - inner, Math.max(0, rint(size / 2 - middle)));
  const top = corner(height, box.length, y / (mass || 1));
  const left = corner(width, across.length, x / (mass || 1));
  box.forEach((row, r) => image.set(row, (top + r) * width + left));
  return image;
}

/** For each new pixel the old ones that it covers, [index, share]. */
function averages(start, stop, step, size) {
  return Array.from({ length: Math.ceil((stop - start) / step - 1e-6) }, (_, i) => {
    const [from, to] = [start + step * i, start + step * (i + 1)];
    const shares = [];
    for (let old = Math.floor(from); old < Math.min(to, size); old++) {
      shares.push([old, (Math.min(to, old + 1) - Math.max(from, old)) / step]);
    }
    return shares;
  });
}

/** The nearest whole number, of two the even one, as in NumPy. */
function rint(value) {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
}
