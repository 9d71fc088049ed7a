"""Somebody who has a keyboard and no mouse: what Tab reaches, and whether it can be seen."""

from playwright.sync_api import Locator, Page

# Where the focus is, and what is wrong with how it shows.
STOP = """() => {
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]];
  const inside = ([across, down]) => {
    const top = document.elementFromPoint(
      Math.min(Math.max(box.left + box.width * across, 0), innerWidth - 1),
      Math.min(Math.max(box.top + box.height * down, 0), innerHeight - 1));
    return top && (here.contains(top) || top.contains(here));
  };
  const faults = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
    faults.push("no outline");
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    faults.push("out of sight");
  else if (!points.some(inside)) faults.push("covered");
  const region = here.closest("header, .side, .menu, .breadcrumb, aside, main, footer");
  return {
    name: (here.getAttribute("aria-label") || here.innerText || here.id || here.tagName).trim(),
    faults,
    region: region ? region.className || region.tagName : "",
    top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left + scrollX,
  };
}"""
MOST_STOPS = 250


def stop(page: Page) -> dict[str, object] | None:
    """Where the focus is; None is nowhere."""
    here: dict[str, object] | None = page.evaluate(STOP)
    return here


def go_to(page: Page, goal: Locator, *, key: str = "Tab") -> None:
    """Press the key until the focus is there. Every stop on the way can be seen."""
    goal.wait_for()
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        here = stop(page)
        assert here is None or not here["faults"], (page.url, here)
        if goal.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{key} never came to {goal} on {page.url}")


def stops(page: Page) -> list[dict[str, object]]:
    """Each stop of Tab from the beginning of the page to its end."""
    found = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = stop(page)
        if here is None:
            return found
        found.append(here)
    raise AssertionError(f"Tab does not come to an end on {page.url}")
