"""Take the guide's pictures of the formgrader, in a course that has graded 01_train_a_cnn.

jupyter lab --no-browser --port 8899 --IdentityProvider.token=t     # in the course's folder
python docs/screenshots.py http://127.0.0.1:8899 t
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).parent / "pictures"


def main(address: str, token: str) -> None:
    TARGET.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1100, "height": 620})
        for name, place in (
            ("formgrader_assignments", "manage_assignments"),
            ("formgrader_submissions", "gradebook/01_train_a_cnn/01_train_a_cnn"),
        ):
            page.goto(f"{address}/formgrader/{place}?token={token}")
            page.locator("tbody tr").nth(1).wait_for()
            page.screenshot(path=TARGET / f"{name}.png")
        page.locator("tbody a", has_text="Submission #2").first.click()
        scheme = page.get_by_text("MARK SCHEME").first
        scheme.wait_for()
        scheme.evaluate("element => element.scrollIntoView()")
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(1000)
        page.screenshot(path=TARGET / "formgrader_marking.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
