"""Pack the Python parts into one zip application, or that zip into a C++ source.

    pack.py OUT.pyz FILE...    the zip application itself
    pack.py OUT.cpp FILE...    the blobs that daemon/launch/agent_program.hpp declares

The same sources give the same bytes: fixed time stamps, sorted names.
"""

from __future__ import annotations

import base64
import io
import sys
import zipfile
import zlib
from pathlib import Path

# What each folder is called inside the zip.
PACKAGES = {
    "agent": "daskd_agent",
    "scheduler_link": "daskd_scheduler_link",
    "job_runner": "daskd_job_runner",
    "tunnel": "daskd_tunnel",
}
ALSO_IN_JOBS = ("agent",)  # of a queue: neither schedulers, job runners nor tunnels start there
LONGEST_WORD = 128 * 1024  # that Linux lets a command line have
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
BYTES_A_LINE = 24


def name_inside(source: Path) -> str:
    """Where `source` goes in the zip: `__main__.py` is what the interpreter runs, so it stands at the root."""
    return source.name if source.name == "__main__.py" else f"{PACKAGES[source.parent.name]}/{source.name}"


def zip_of(sources: list[Path], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for source in sorted(sources, key=name_inside):
            entry = zipfile.ZipInfo(name_inside(source), EARLIEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = how
            archive.writestr(entry, source.read_bytes())
    return packed.getvalue()


def as_text(sources: list[Path]) -> bytes:
    """Base64 of a zip of what jobs need, compressed as a whole: that takes a third less, and their scripts carry it."""
    needed = [source for source in sources if source.parent.name in ALSO_IN_JOBS]
    text = base64.b64encode(zlib.compress(zip_of(needed, zipfile.ZIP_STORED), 9))
    if len(text) > 0.95 * LONGEST_WORD:
        sys.exit(f"the host agent has become too long for a job's script: {len(text)} bytes in Base64")
    return text


def array_of(name: str, blob: bytes) -> str:
    rows = [
        "    " + ", ".join(str(byte) for byte in blob[at : at + BYTES_A_LINE])
        for at in range(0, len(blob), BYTES_A_LINE)
    ]
    return (
        f"extern unsigned char const {name}_data[];\n"
        f"extern std::size_t const {name}_size;\n\n"
        f"unsigned char const {name}_data[] = {{\n" + ",\n".join(rows) + "};\n"
        f"std::size_t const {name}_size = sizeof {name}_data;\n\n"
    )


def cpp_of(sources: list[Path]) -> str:
    return (
        "// Written by daemon/agent/pack/pack.py.\n"
        "#include <cstddef>\n\n"
        "namespace daskd::launch {\n\n"
        + array_of("agent_program", zip_of(sources))
        + array_of("agent_text", as_text(sources))
        + "} // namespace daskd::launch\n"
    )


def main() -> None:
    out, *names = sys.argv[1:]
    sources = [Path(name).resolve() for name in names]
    if out.endswith(".pyz"):
        Path(out).write_bytes(zip_of(sources))
    else:
        Path(out).write_text(cpp_of(sources))


if __name__ == "__main__":
    main()
