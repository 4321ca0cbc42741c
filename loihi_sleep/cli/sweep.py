"""``loihi-sleep sweep``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loihi_sleep.cli.arguments import (
    DataFolder,
    Engine,
    ExecutorName,
    Experiment,
    Json,
    Numerics,
    Out,
    Preset,
    Scheduler,
    Seeds,
    Slurm,
    Workers,
    parse_seeds,
)
from loihi_sleep.cli.executing import ExecutorOptions
from loihi_sleep.cli.failures import advise_to_resume, open_console
from loihi_sleep.cli.running import name_new_folder

if TYPE_CHECKING:
    from rich.console import Console

    from loihi_sleep.sweeps.plan import SweepFolder
    from loihi_sleep.sweeps.summary import Summary


def sweep(
    experiment: Experiment,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="sleep.steps=200,400,800; sleep.potentiation=log:0.1:1:5 (five values), or lin:; "
            "with --trials also a range, log:0.1:1; one value is of all points. Can be repeated. "
            "A name may be a[0], a value in a list, and a/b or a*b, from which a follows.",
        ),
    ] = None,
    trials: Annotated[
        int, typer.Option(help="So many points, chosen by Optuna; all combinations if left out.")
    ] = 0,
    metric: Annotated[
        str,
        typer.Option(help="What is looked at: accuracy on validation samples, or a metric's name."),
    ] = "validation",
    minimize: Annotated[
        bool, typer.Option("--minimize", help="A small metric is a good one.")
    ] = False,
    require: Annotated[
        list[str] | None,
        typer.Option(help="metric<0.5 or metric>0.5: points that miss it come last. Repeatable."),
    ] = None,
    finalists: Annotated[
        int, typer.Option(help="So many of the best are measured again, on --final-seeds.")
    ] = 0,
    final_seeds: Annotated[
        str | None, typer.Option(help="On which the best is chosen among finalists: 200-203.")
    ] = None,
    test: Annotated[
        bool, typer.Option(help="Run the best point as a whole in the end, test samples and all.")
    ] = True,
    sampler_seed: Annotated[int, typer.Option(help="Of what Optuna draws.")] = 0,
    preset: Preset = None,
    engine: Engine = None,
    numerics: Numerics = None,
    seeds: Seeds = None,
    data_dir: DataFolder = None,
    out: Out = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the points, and do not run them.")
    ] = False,
    as_json: Json = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
) -> None:
    """Run an experiment with many settings; ends with a table, a figure and the best of them."""
    with open_console(errors_only=as_json) as console:
        options = ExecutorOptions(executor, workers, scheduler, slurm)
        from loihi_sleep.experiments import runner
        from loihi_sleep.processes import checks
        from loihi_sleep.sweeps import run_sweep, space
        from loihi_sleep.sweeps.new_sweep import new_sweep
        from loihi_sleep.sweeps.plan import plan_of

        checks.integer("--trials", trials, 0, space.POINTS_MAX)
        checks.integer("--sampler-seed", sampler_seed, 0, checks.SEED_MAX)
        if sampler_seed and not trials:
            raise ValueError("--sampler-seed is of what --trials draws: add that")
        checks.integer("--finalists", finalists, 0, space.POINTS_MAX)
        choices: dict[str, Any] = {
            "preset": preset,
            "engine": engine,
            "numerics": numerics,
            "data_dir": data_dir,
        }
        _, config = runner.configure(experiment, **choices)
        final = () if final_seeds is None else tuple(parse_seeds(final_seeds, "--final-seeds"))
        fixed, dimensions = space.parse(
            settings or [], config.model_dump(mode="json"), ranges=trials > 0
        )
        plan = plan_of(
            {
                **choices,
                "experiment": experiment,
                "data_dir": None if data_dir is None else str(data_dir.resolve()),
                "seeds": () if seeds is None else tuple(parse_seeds(seeds)),
                "fixed": tuple(fixed),
                "dimensions": tuple(dimensions),
                "trials": trials,
                "sampler_seed": sampler_seed,
                "metric": metric,
                "goal": "minimize" if minimize else "maximize",
                "require": tuple(require or ()),
                "finalists": finalists,
                "final_seeds": final,
                "test": test,
            }
        )
        points = run_sweep.check_plan(plan)
        if dry_run:
            _print_points(console, points, trials, as_json)
            return
        place = out or name_new_folder(f"{experiment}-sweep")
        with advise_to_resume(place), new_sweep(plan, place) as folder:
            complete_sweep(console, folder, as_json, options)


def complete_sweep(
    console: Console, folder: SweepFolder, as_json: bool, executor: ExecutorOptions
) -> None:
    """Do what is left of a sweep, and print what came out."""
    from loihi_sleep.progress_bar import progress_bar
    from loihi_sleep.sweeps.run_sweep import run_sweep
    from loihi_sleep.sweeps.summary import as_record

    with executor.open() as opened, progress_bar(console) as bar:
        found, test = run_sweep(folder, bar, opened)
    if as_json:
        record = as_record(found, None if test is None else test["metrics"])
        typer.echo(json.dumps({"folder": str(folder.path), **record}, indent=2))
        return
    _print_summary(console, folder, found, test)


def _print_points(
    console: Console, points: list[dict[str, Any]], trials: int, as_json: bool
) -> None:
    from loihi_sleep.sweeps.space import as_settings

    if as_json:
        typer.echo(json.dumps({"trials": trials, "points": points}, indent=2))
        return
    lines = [f"{trials} points, chosen by Optuna; such as"] if trials else [f"{len(points)} points"]
    lines += [f"  {' '.join(as_settings(point))}" for point in points]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _print_summary(
    console: Console, folder: SweepFolder, found: Summary, test: dict[str, Any] | None
) -> None:
    """Print the best points, the effect of each setting, and what the best came to on test."""
    from loihi_sleep.comparison.compare import scalars
    from loihi_sleep.results.report import format_metric
    from loihi_sleep.sweeps.summary import effects_table, points_table

    assert found.best is not None
    console.print()
    console.print(points_table(found, found.points))
    if found.finalists:
        console.print(f"\nthe best, again, with the seeds {list(found.plan.final_seeds)}:")
        console.print(points_table(found, found.finalists))
    console.print()
    console.print(effects_table(found))
    failed = [point for point in found.points if not point.scores]
    lines = ["", *(f"point {point.number} failed: {point.complaint}" for point in failed[:5])]
    if test is not None:
        lines.append(f"the best, point {found.best.number}, as a whole:")
        lines += [f"  {name}: {format_metric(m)}" for name, m in scalars(test["metrics"])]
    lines += [str(folder.figure_path), str(folder.table_path)]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
