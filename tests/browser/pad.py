"""The digit pad in a notebook's output, in the reader's hand."""

from itertools import pairwise

import numpy as np

# The colours of pictures, row by row.
COLOURS = """canvases => canvases.map((canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const colour = (r, c) => [...data.slice(4 * (r * width + c), 4 * (r * width + c) + 3)];
  return Array.from({ length: height }, (_, r) =>
    Array.from({ length: width }, (_, c) => colour(r, c)));
})"""


class Pad:
    """The pad in a notebook's output, in the reader's hand."""

    def __init__(self, notebook):
        self.notebook, self.page = notebook, notebook.page
        self.root = notebook.output(".digit-pad")
        self.paper = self.root.get_by_role("application", name="Drawing pad")
        self.verdict = self.root.locator(".dp-verdict")
        self.values = self.root.locator(".dp-value")
        self.paper.wait_for(timeout=300_000)  # the network may have to be trained first

    def draw(self, strokes):
        self.paper.scroll_into_view_if_needed()
        box = self.paper.locator("canvas").bounding_box()
        for stroke in strokes:
            corners = np.array(stroke) * (box["width"], box["height"]) + (box["x"], box["y"])
            self.page.mouse.move(*corners[0])
            self.page.mouse.down()
            for start, stop in pairwise(corners):
                for place in np.linspace(start, stop, 1 + round(np.hypot(*(stop - start)) / 8))[1:]:
                    self.page.mouse.move(*place)
                    self.page.wait_for_timeout(16)  # a mouse moves 60 times a second
            self.page.mouse.up()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def clear(self):
        """Blank paper, the pen up and in the middle."""
        self.paper.click()
        self.root.get_by_role("button", name="Clear").click()
        self.expect_blank()

    def expect_prediction(self, name):
        self.notebook.expect(self.verdict).to_have_text(f"Prediction: {name}")

    def expect_blank(self):
        self.notebook.expect(self.verdict).to_contain_text("Blank paper")

    def pictures(self):
        """The pixels of every picture but the drawing itself."""
        canvases = self.root.locator("figure canvas")
        return canvases.evaluate_all("all => all.map(canvas => canvas.toDataURL())")

    def colours(self):
        """The colours of every picture but the drawing itself: (height, width, 3) from 0 to 255."""
        return self.root.locator("figure canvas").evaluate_all(COLOURS)

    def ink(self):
        return self.paper.locator("canvas").evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
        )


def distances(pictures, others):
    """How far apart two pictures are, on average over their pixels: of each pair, from 0 to 255."""
    pairs = zip(pictures, others, strict=True)
    return np.array([np.abs(np.subtract(one, other)).mean() for one, other in pairs])
