// An image in which a pixel is chosen.

const SIDE = 210; // CSS pixels of the longer side

function render({ model, el }) {
  const [height, width] = model.get("size");
  const cell = SIDE / Math.max(height, width);
  const scale = Math.max(2, window.devicePixelRatio || 1);
  const bytes = Uint8ClampedArray.from(atob(model.get("colours")), (c) => c.charCodeAt(0));
  const small = document.createElement("canvas");
  [small.width, small.height] = [width, height];
  small.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);

  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * cell * scale, height * cell * scale];
  canvas.style.cssText = `width: ${width * cell}px; height: ${height * cell}px; cursor: crosshair`;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  const line = document.createElement("p");
  line.setAttribute("aria-live", "polite");
  line.style.margin = "2px 0";
  el.append(canvas, line);

  function draw() {
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const [row, column] = model.get("at");
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
    model.set("at", [inside(row, height), inside(column, width)]);
    model.save_changes();  // which waits while the kernel is busy; the message does not
    model.send({ chosen: model.get("at") });
  }

  canvas.addEventListener("click", (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    choose(Math.floor((event.clientY - top) / cell), Math.floor((event.clientX - left) / cell));
  });
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in arrows)) return;
    event.preventDefault();
    const [row, column] = model.get("at");
    const middle = [Math.floor(height / 2), Math.floor(width / 2)];
    if (row === undefined) return choose(...middle);
    choose(row + arrows[event.key][0], column + arrows[event.key][1]);
  });
  draw();
  model.on("change:at", draw);
  return () => model.off("change:at", draw);
}

export default { render };
