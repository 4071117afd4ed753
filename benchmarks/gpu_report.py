"""Markdown report of the results of `benchmarks/gpu.py`."""

from typing import Any

from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable, format_number

SPLIT_METRICS = ("loss", "f1_micro", "exact_set", "map", "ece")  # for the shipped guide and for the longer training


def format_report(results: dict[str, Any]) -> str:
    """Format the finished parts; a skipped part is one line with the reason."""
    sections = {
        "machine": ("Machine", _format_machine),
        "data": ("Datasets, seconds to generate", _format_data),
        "emergency": ("The emergency plan", _format_emergency),
        "profiles": ("Profiles", _format_profiles),
        "longer": ("A longer training", _format_longer),
    }
    lines = ["# Training on this machine"]
    for name, (title, format_part) in sections.items():
        if name not in results:
            continue
        part = results[name]
        is_skipped = isinstance(part, dict) and "skipped" in part
        seconds = results["seconds"].get(name, 0.0)
        lines += [
            f"## {title}",
            part["skipped"] if is_skipped else format_part(part),
            f"This part took {seconds:.0f} s.",
        ]
    return "\n\n".join(lines) + "\n"


def _format_machine(machine: dict[str, Any]) -> str:
    names = [
        f"{gpu['name']}, {gpu['memory_gib']:.0f} GiB, compute capability {gpu['capability']}, driver {gpu['driver']}"
        for gpu in machine["gpus"]
    ]
    parts = [*(names or ["no NVIDIA GPU"]), machine["processor"], f"torch {machine['torch']}"]
    parts += ["the peak of large matrix products:"]
    headers, cells = (
        ["number format", *machine["peaks"]],
        [format_number(peak, 1) for peak in machine["peaks"].values()],
    )
    return "\n".join(f"- {part}" for part in parts) + "\n\n" + _format_table(headers, [["TFLOP/s", *cells]])


def _format_data(seconds: dict[str, float]) -> str:
    return _format_table(["dataset", "seconds"], [[name, format_number(value, 1)] for name, value in seconds.items()])


def _format_emergency(run: dict[str, Any]) -> str:
    metrics = run["metrics"]
    headers = ["profile", "whole command, s", "training, s", "steps", "step, ms", "val loss", "val micro-F1"]
    cells = [
        *(run["profile"], format_number(run["wall_seconds"], 1), format_number(metrics["train_seconds"], 1)),
        *(format_number(metrics["steps"], 0), format_number(1e3 * run["step_seconds"], 2)),
        *(format_number(metrics[f"val/{name}"], 4) for name in ("loss", "f1_micro")),
    ]
    return _format_table(headers, [cells])


def _format_profiles(rows: list[dict[str, Any]]) -> str:
    headers = ["profile", "compile", "precision", "batch", "step, ms", "samples/s", "data wait", "GPU memory, GiB"]
    headers += ["TFLOP/s", "of peak", "compilation, s"]
    lines = []
    for row in rows:
        first_cells = [row["profile"], "on" if row["compile"] else "off"]
        if "skipped" in row:
            lines.append([*first_cells, row["skipped"], *[NO_VALUE] * (len(headers) - 3)])
            continue
        metrics = row["metrics"]
        lines.append(
            [
                *(*first_cells, row["precision"], str(row["batch_size"]), format_number(1e3 * row["step_seconds"], 2)),
                *(format_number(metrics["samples_per_s"], 0), f"{row['data_wait']:.1%}"),
                *(format_number(row["gpu_gib"], 2), format_number(row["tflops"], 3), f"{row['share_of_peak']:.2%}"),
                format_number(metrics.get("compile_seconds"), 0),
            ]
        )
    return _format_table(headers, lines)


def _format_longer(part: dict[str, Any]) -> str:
    longer, shipped = part["longer"]["metrics"], part["shipped"]
    summary = (
        f"{longer['epochs']:.0f} epochs, {part['times_as_long']:.1f} times as many as the shipped guide had, in "
        f"{longer['train_seconds']:.0f} s of training."
    )
    keys = [f"{split}/{name}" for split in ("val", "test") for name in SPLIT_METRICS]
    rows = [
        [key, *(format_number(value, 4) for value in (shipped[key], longer[key], longer[key] - shipped[key]))]
        for key in keys
        if key in shipped and key in longer
    ]
    return f"{summary}\n\n{_format_table(['metric', 'shipped', 'longer', 'difference'], rows)}"


def _format_table(headers: list[str], rows: list[list[str]]) -> str:
    return ReportTable("", headers, [[Cell(cell) for cell in row] for row in rows]).markdown().strip()
