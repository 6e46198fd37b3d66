"""Pack the Python parts into one zip application, or that zip into a C++ source.

    pack.py OUT.pyz FILE...    the zip application itself
    pack.py OUT.cpp FILE...    the same bytes as the blob that daemon/launch/agent_program.hpp declares

The same sources give the same bytes: fixed time stamps, sorted names.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

# What each folder is called inside the zip.
PACKAGES = {
    "agent": "daskd_agent",
    "scheduler_link": "daskd_scheduler_link",
    "job_runner": "daskd_job_runner",
    "tunnel": "daskd_tunnel",
}
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
BYTES_A_LINE = 24


def name_inside(source: Path) -> str:
    """Where `source` goes in the zip: `__main__.py` is what the interpreter runs, so it stands at the root."""
    return source.name if source.name == "__main__.py" else f"{PACKAGES[source.parent.name]}/{source.name}"


def zip_of(sources: list[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for source in sorted(sources, key=name_inside):
            entry = zipfile.ZipInfo(name_inside(source), EARLIEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes())
    return packed.getvalue()


def cpp_of(blob: bytes) -> str:
    rows = [
        "    " + ", ".join(str(byte) for byte in blob[at : at + BYTES_A_LINE])
        for at in range(0, len(blob), BYTES_A_LINE)
    ]
    return (
        "// Written by daemon/agent/pack/pack.py.\n"
        "#include <cstddef>\n\n"
        "namespace daskd::launch {\n\n"
        "extern unsigned char const agent_program_data[];\n"
        "extern std::size_t const agent_program_size;\n\n"
        "unsigned char const agent_program_data[] = {\n" + ",\n".join(rows) + "};\n"
        "std::size_t const agent_program_size = sizeof agent_program_data;\n\n"
        "} // namespace daskd::launch\n"
    )


def main() -> None:
    out, *names = sys.argv[1:]
    blob = zip_of([Path(name).resolve() for name in names])
    if out.endswith(".pyz"):
        Path(out).write_bytes(blob)
    else:
        Path(out).write_text(cpp_of(blob))


if __name__ == "__main__":
    main()
