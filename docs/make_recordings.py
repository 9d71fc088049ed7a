"""Make the demo's video and audio from their texts: lms/demo/content/*/recordings/*.toml.

    pip install pyopenjtalk-plus && python docs/make_recordings.py

Speaks with Open JTalk and its HTS Voice "Mei" (Nagoya Institute of Technology, CC BY 3.0), draws
each scene with Chromium, and joins them with ffmpeg. Writes NAME.mp4 (or .m4a where nothing is
shown) and NAME.vtt beside the text. Needed only after a text has changed; the results are kept.
"""

import subprocess
import tempfile
import tomllib
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pyopenjtalk
from playwright.sync_api import sync_playwright

CONTENT = Path(__file__).parent.parent / "lms" / "demo" / "content"
WIDTH, HEIGHT = 960, 540
FRAMES_A_SECOND = 5
PAUSE_AFTER_LINE = 0.4
PAUSE_AFTER_SCENE = 1.0
VOICE = "音声：Open JTalk、HTS Voice “Mei”（名古屋工業大学、CC BY 3.0）"

SLIDE = """<!doctype html><html lang="ja"><meta charset="utf-8"><style>
body {{ background: #fff; border-top: 16px solid #0017c1; box-sizing: border-box; color: #1a1a1a;
  font-family: "Noto Sans CJK JP", sans-serif; height: {height}px; margin: 0; padding: 56px 72px; }}
h1 {{ color: #00118f; font-size: 44px; margin: 0 0 48px; }}
p {{ font-size: 30px; line-height: 1.5; margin: 0 0 24px; }}
b {{ color: #ce0000; }}
small {{ bottom: 24px; color: #4d4d4d; font-size: 16px; position: absolute; }}
</style><h1>{heading}</h1>{lines}<small>{voice}</small></html>"""


def timestamp(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"00:{int(minutes):02}:{rest:06.3f}"


def spoken(scenes: list[dict[str, Any]]) -> tuple[Any, int, list[float], list[str]]:
    """Samples and their rate, how long each scene lasts, and the captions."""
    samples, lengths, cues = [], [], []
    now, rate = 0.0, 0
    for scene in scenes:
        began = now
        for line in scene["says"]:
            said, rate = pyopenjtalk.tts(line)
            end = now + len(said) / rate
            cues.append(f"{timestamp(now)} --> {timestamp(end)}\n{line}")
            silence = np.zeros(int(PAUSE_AFTER_LINE * rate))
            samples += [said, silence]
            now = end + len(silence) / rate
        silence = np.zeros(int(PAUSE_AFTER_SCENE * rate))
        samples.append(silence)
        now += len(silence) / rate
        lengths.append(now - began)
    return np.concatenate(samples).astype(np.int16), rate, lengths, cues


def draw(scenes: list[dict[str, Any]], folder: Path) -> list[Path]:
    pictures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for number, scene in enumerate(scenes):
            lines = "".join(f"<p>{line}</p>" for line in scene["shows"])
            voice = VOICE if scene is scenes[-1] else ""
            page.set_content(
                SLIDE.format(heading=scene["heading"], lines=lines, voice=voice, height=HEIGHT)
            )
            pictures.append(folder / f"{number}.png")
            page.screenshot(path=pictures[-1])
        browser.close()
    return pictures


def make(text: Path) -> Path:
    facts = tomllib.loads(text.read_text(encoding="utf-8"))
    scenes = facts["scene"]
    samples, rate, lengths, cues = spoken(scenes)
    text.with_suffix(".vtt").write_text("WEBVTT\n\n" + "\n\n".join(cues) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = folder / "sound.wav"
        with wave.open(str(sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.tobytes())
        inputs = ["-i", str(sound)]
        encode = ["-c:a", "aac", "-b:a", "32k", "-ac", "1", "-movflags", "+faststart"]
        # No date and no version: the same text gives the same file with the same tools.
        encode += ["-metadata", f"title={facts['title']}", "-fflags", "+bitexact"]
        result = text.with_suffix(".m4a")
        if "shows" in scenes[0]:
            listed = folder / "scenes.txt"
            pictures = draw(scenes, folder)
            entries = [
                f"file '{picture}'\nduration {length:.3f}\n"
                for picture, length in zip(pictures, lengths, strict=True)
            ]
            listed.write_text("".join(entries) + f"file '{pictures[-1]}'\n", encoding="utf-8")
            inputs += ["-f", "concat", "-safe", "0", "-i", str(listed)]
            encode += ["-c:v", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p"]
            encode += ["-crf", "30", "-preset", "veryslow", "-tune", "stillimage"]
            encode += ["-r", str(FRAMES_A_SECOND), "-g", "50", "-shortest"]
            result = text.with_suffix(".mp4")
        subprocess.run(  # noqa: S603
            ["ffmpeg", "-y", "-loglevel", "error", *inputs, *encode, str(result)],  # noqa: S607
            check=True,
        )
    return result


if __name__ == "__main__":
    for text in sorted(CONTENT.glob("*/recordings/*.toml")):
        made = make(text)
        print(f"{made.name}: {made.stat().st_size:,} bytes")  # noqa: T201
