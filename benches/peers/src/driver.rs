//! Builds the second program, starts both in turn, and prints what they come to.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use crate::{
    backend::Backend, bars, curve::Curve, line::Line, machine, part::Part, plot::Plot, results::Results,
    table, verdict::judge,
};

/// Measures `parts`, each in `rounds` children of each build, and judges the bars.
pub fn run(parts: &[Part], rounds: usize, plots: Option<&Path>) -> ExitCode {
    if cfg!(feature = "accelerated") || cfg!(debug_assertions) {
        eprintln!("to be run in release and without features: the accelerated program is built here");
        return ExitCode::from(2);
    }
    let start = Instant::now();
    let portable = env::current_exe().expect("a program");
    let accelerated = build_accelerated(&portable);
    machine::print();

    let (mut results, mut failed) = (Results::default(), false);
    for &part in parts {
        for round in 1..=rounds {
            for backend in Backend::ALL {
                let elapsed = start.elapsed().as_secs();
                eprintln!("{}, {}, {round} of {rounds}; {elapsed} s so far", part.name(), backend.name());
                let program = match backend {
                    Backend::Portable => &portable,
                    Backend::Accelerated => &accelerated,
                };
                let Some(lines) = measure(program, part) else {
                    failed = true;
                    continue;
                };
                lines.into_iter().for_each(|line| results.add(part, backend, line));
            }
        }
    }

    println!("\n## The figures");
    println!(
        "\nMedians over the processes of each build, of which there were {rounds}; times are CPU times of one thread, those through SQLite excepted."
    );
    for &part in parts {
        for backend in Backend::ALL {
            table::part(part, backend, &results);
        }
        if part == Part::Sizes {
            Curve::ALL.into_iter().for_each(|curve| table::curve(curve, &results));
        }
        for note in results.notes(part) {
            println!("\n{note}.");
        }
    }
    if let Some(folder) = plots {
        draw(folder, &results);
    }
    let judged: Vec<_> = bars::all()
        .into_iter()
        .map(|bar| {
            let judged = Backend::ALL.map(|backend| judge(&bar, backend, &results)).into();
            (bar, judged)
        })
        .collect();
    if table::bars(&judged) && !failed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Builds the program with the feature, in a folder beside the other's.
fn build_accelerated(portable: &Path) -> PathBuf {
    let target = portable.ancestors().nth(2).expect("in a folder of its profile").join("accelerated");
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--features", "accelerated", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the accelerated program doesn't build");
    target.join("release").join(portable.file_name().expect("a file"))
}

/// The lines of a child that measures `part`; none if it fails, which is no reason to lose what others have measured.
fn measure(program: &Path, part: Part) -> Option<Vec<Line>> {
    let child = Command::new(program).args(["--child", part.name()]).stdout(Stdio::piped()).spawn();
    let output = child.and_then(|child| child.wait_with_output()).expect("a child");
    if !output.status.success() {
        eprintln!("a child that measured {} failed", part.name());
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("text");
    Some(text.lines().map(|line| line.parse().expect("a line of a child")).collect())
}

/// A plot of each curve that has points.
fn draw(folder: &Path, results: &Results) {
    fs::create_dir_all(folder).expect("a folder for plots");
    for curve in Curve::ALL {
        if results.of_curve(curve).next().is_none() {
            continue;
        }
        let plot = Plot { curve, lines: table::lines(curve, results) };
        let path = folder.join(format!("{}.svg", curve.name()));
        fs::write(&path, plot.svg()).expect("written");
        println!("\nPlot: {}", path.display());
    }
}
