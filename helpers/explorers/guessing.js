// A question, a control for the guess and, once it was made, what it is and the picture. All of it
// happens here, so that it needs no kernel: guessing.py says what `asked` holds.

const SIDE = 210; // CSS pixels of an image's longer side

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function dropDown(label, choices) {
  const options = choices.map((text) => make("option", { value: text }, text));
  const select = make("select", {}, make("option", { value: "" }, "choose …"), ...options);
  return [make("label", {}, `${label} `, select), select];
}

/** Three figures, and no power of ten below a million. */
function written(number) {
  const size = Math.abs(number);
  if (size >= 999.5 && size < 1e6) return Math.round(number).toLocaleString("en-US");
  return `${Number(number.toPrecision(3))}`;
}

// Of each kind of question a control; and what is said of the guess in it, null where there is none.
const KINDS = {
  choice({ choices, answer }) {
    const [label, select] = dropDown("your guess", choices);
    return {
      control: label,
      told() {
        const guessed = select.value;
        if (!guessed) return [false, "Choose an answer first."];
        return [true, `You guessed ${guessed}. ${guessed === answer ? "Right." : `It is ${answer}.`}`];
      },
    };
  },
  order({ choices, answer }) {
    const places = answer.map((_, i) => dropDown(`${i + 1}.`, choices));
    return {
      control: make("div", {}, ...places.map(([label]) => make("div", {}, label))),
      told() {
        const chosen = places.map(([, select]) => select.value);
        for (const [i, text] of chosen.entries()) {
          const count = chosen.filter((other) => other === text).length;
          if (!text) return [false, `Place ${i + 1} is empty: choose for each place.`];
          if (count > 1) return [false, `${text} is chosen ${count} times: choose it once.`];
        }
        const right = chosen.filter((text, i) => text === answer[i]).length;
        const order = answer.join(", ");
        return [true, `${right} of ${answer.length} places are right. The order is ${order}.`];
      },
    };
  },
  number({ answer }) {
    const field = make("input", { type: "text", placeholder: "a number", inputmode: "decimal" });
    return {
      control: make("label", {}, "your guess ", field),
      told() {
        const typed = field.value.trim().replace(/%$/, "").trim();
        const thousands = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(typed); // 1,000; but 0,5 is a half
        const plain = thousands ? typed.replaceAll(",", "") : typed.replace(",", ".");
        const guessed = Number(plain);
        if (!typed) return [false, "Write a number first."];
        if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) || !Number.isFinite(guessed)) {
          return [false, `'${typed}' is no number: write one, like 12.5.`];
        }
        const [off, said] = [guessed - answer, `You guessed ${written(guessed)}.`];
        if (Math.abs(off) <= 0.005 * Math.abs(answer)) {
          return [true, `${said} Right: it is ${written(answer)}.`];
        }
        const where = `${written(Math.abs(off))} too ${off > 0 ? "high" : "low"}`;
        return [true, `${said} It is ${written(answer)}: your guess is ${where}.`];
      },
    };
  },
  pixel({ answer, size, colours }, changed) {
    const { control, chosen } = pixels(size, colours, changed);
    return {
      control,
      told() {
        const [row, column] = chosen();
        if (row === undefined) return [false, "Choose a pixel first."];
        const off = Number(Math.hypot(row - answer[0], column - answer[1]).toFixed(1));
        const said = `You guessed row ${row}, column ${column}.`;
        if (!off) return [true, `${said} Right.`];
        return [true, `${said} It is row ${answer[0]}, column ${answer[1]}, ${off} pixels away.`];
      },
    };
  },
};

/** An image in which a pixel is chosen, by mouse, finger or arrow keys. */
function pixels([height, width], colours, changed) {
  const cell = SIDE / Math.max(height, width);
  const scale = Math.max(2, window.devicePixelRatio || 1);
  const bytes = Uint8ClampedArray.from(atob(colours), (letter) => letter.charCodeAt(0));
  const small = make("canvas", { width, height });
  small.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  const canvas = make("canvas", {
    width: width * cell * scale,
    height: height * cell * scale,
    style: `width: ${width * cell}px; height: ${height * cell}px; cursor: crosshair; box-shadow: 0 0 0 1px var(--dp-line)`,
    tabindex: 0,
    role: "application",
  });
  const line = make("p", { "aria-live": "polite" });
  let at = []; // row, column

  function draw() {
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const [row, column] = at;
    const chosen = row !== undefined;
    const where = chosen ? `Row ${row}, column ${column}` : "No pixel is chosen";
    line.textContent = `${where}.`;
    canvas.setAttribute(
      "aria-label",
      `An image of ${height} rows by ${width} columns. ${where}. The arrow keys move.`,
    );
    if (!chosen) return;
    for (const [colour, thick] of [["white", 4], ["black", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = thick * scale;
      context.strokeRect(column * cell * scale, row * cell * scale, cell * scale, cell * scale);
    }
  }

  function choose(row, column) {
    const inside = (i, size) => Math.max(0, Math.min(size - 1, i));
    at = [inside(row, height), inside(column, width)];
    draw();
    changed();
  }

  canvas.addEventListener("click", (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    choose(Math.floor((event.clientY - top) / cell), Math.floor((event.clientX - left) / cell));
  });
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in arrows) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [row, column] = at;
    if (row === undefined) choose(Math.floor(height / 2), Math.floor(width / 2));
    else choose(row + arrows[event.key][0], column + arrows[event.key][1]);
  });
  draw();
  return { control: make("div", {}, canvas, line), chosen: () => at };
}

function render({ model, el }) {
  const asked = model.get("asked");
  const said = make("p", { role: "status" }); // read out when it changes
  const picture = make("div", { class: "dp-answer" });
  const tell = () => {
    const [guessed, text] = told();
    if (said.textContent !== text) said.textContent = text;
    if (!guessed || picture.childNodes.length) return;
    const shown = model.get("picture"); // HTML; explained.js has a function that draws it
    if (typeof shown === "string") picture.innerHTML = shown;
    else picture.append(shown());
  };
  const again = () => picture.childNodes.length && tell(); // a guess was made, and it is changed
  const { control, told } = KINDS[asked.kind](asked, again);
  control.addEventListener("change", again);
  const button = make("button", { type: "button" }, "Guess");
  button.addEventListener("click", tell);
  el.classList.add("digit-pad");
  el.append(
    make("p", {}, make("b", {}, "Guess first."), ` ${asked.question}`),
    make("div", { class: "dp-tools" }, control, button),
    said,
    picture,
  );
  // Not to JupyterLab: there an arrow key selects the next cell, and D D deletes one.
  el.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) tell();
    if (!(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
  });
}

export default { render };
