//! `cargo xtask deps`: what depends on what, and why. It reads `cargo metadata` and the manifests; the rules
//! are pure functions in the modules below.

use alloc::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use crate::Findings;

mod generations;
mod rooms;
mod table;
mod tree;
mod wiping;

pub(crate) fn run() -> Findings {
    let metadata = MetadataCommand::new().features(CargoOpt::AllFeatures).exec()?;
    let mut findings = direction(&metadata);
    findings.extend(reasons(&metadata)?);
    findings.extend(versions(&metadata)?);
    findings.extend(wiping(&metadata)?);
    Ok(findings)
}

fn direction(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut edges = Vec::new();
    for package in packages {
        for dependency in &package.dependencies {
            let ours = members.contains(dependency.name.as_str()) || rooms::is_ours(&dependency.name);
            if ours && matches!(dependency.kind, DependencyKind::Normal | DependencyKind::Build) {
                edges.push(rooms::Edge { from: &package.name, to: &dependency.name });
            }
        }
    }
    rooms::check(&members, &edges)
}

fn reasons(metadata: &Metadata) -> Findings {
    let mut findings = table::check_root(&fs::read_to_string(metadata.workspace_root.join("Cargo.toml"))?);
    for package in metadata.workspace_packages() {
        let third_party: BTreeSet<&str> = (package.dependencies.iter())
            .filter(|dependency| dependency.path.is_none())
            .map(|dependency| dependency.rename.as_deref().unwrap_or(&dependency.name))
            .collect();
        let manifest = fs::read_to_string(&package.manifest_path)?;
        findings.extend(table::check_member(&package.name, &manifest, &third_party));
    }
    Ok(findings)
}

fn versions(metadata: &Metadata) -> Findings {
    let resolve = metadata.resolve.as_ref().ok_or("cargo metadata gave no dependency graph")?;
    let published = (metadata.workspace_packages().into_iter())
        .filter(|package| rooms::is_published(&package.name))
        .map(|package| &package.id);
    let reached = generations::reachable(published, |id| {
        (resolve.nodes.iter())
            .filter(move |node| node.id == *id)
            .flat_map(|node| &node.deps)
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal))
            .map(|dependency| &dependency.pkg)
    });
    let found: BTreeSet<(&str, String)> = (metadata.packages.iter())
        .filter(|package| reached.contains(&package.id))
        .map(|package| (package.name.as_str(), package.version.to_string()))
        .collect();
    Ok(generations::check(&found))
}

fn wiping(metadata: &Metadata) -> Findings {
    let offering = wiping::offering(metadata.packages.iter().map(|package| {
        (package.name.as_str(), package.features.keys().any(|feature| feature == wiping::FEATURE))
    }));
    let mut trees = BTreeMap::new();
    for package in metadata.workspace_packages() {
        if rooms::is_published(&package.name) {
            for features in tree::FEATURES {
                trees.insert(format!("{} {features}", package.name), tree::of(&package.name, features)?);
            }
        }
    }
    let mut findings = wiping::check(&trees, &offering);
    let [_, most] = tree::FEATURES;
    let cryptography = trees.get(&format!("{} {most}", wiping::CRYPTOGRAPHY));
    findings.extend(wiping::check_answers(cryptography.ok_or("no tree of the cryptography")?, &offering));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// vodozemac 0.5, CVE-2024-34063, and again 0.11, RUSTSEC-2026-0445: dependencies were built without their wiping, and
    /// nothing noticed.
    #[test]
    fn whatever_we_publish_is_built_with_its_wiping() {
        let mut command = MetadataCommand::new();
        command.features(CargoOpt::AllFeatures).other_options(["--locked".to_owned()]);
        let metadata = command.exec().expect("cargo, and the lock file");
        assert_eq!(wiping(&metadata).expect("a graph"), Vec::<String>::new());
    }
}
