//! Plausible misreadings of the ratchet's specification, each made in a copy of the code: the hostile stories of the test
//! kit must notice every one of them. They are those of the design's model, and stand for what an implementer could
//! get wrong without any other test of his noticing.

use core::error::Error;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use cargo_metadata::MetadataCommand;

use crate::{Findings, copy};

/// A misreading: what it is, and which text of which file becomes which other.
struct Misreading {
    what: &'static str,
    edits: &'static [Edit],
}

struct Edit {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const MISREADINGS: &[Misreading] = &[
    Misreading {
        what: "the mix flag is only in the first message of the chain",
        edits: &[Edit {
            file: "seal.rs",
            from: "flags: epoch.flags(live.epoch_step),",
            to: "flags: epoch.flags(if n == 0 { live.epoch_step } else { crate::epoch::EpochStep::Stay }),",
        }],
    },
    Misreading {
        what: "the answerer erases the secret when it has sent twice the shards needed",
        edits: &[Edit {
            file: "epoch/sending.rs",
            from: "            blob.advance(count);\n        }",
            to: "            blob.advance(count);\n        }\n        if let Stage::Answered { secret, answer, .. } = &mut self.stage {\n            if self.sent_shards >= answer.budget() {\n                *secret = None;\n            }\n        }",
        }],
    },
    Misreading {
        what: "the shards sent are counted for the offer, and never set back",
        edits: &[Edit { file: "epoch/receiving.rs", from: "        self.sent_shards = 0;\n", to: "" }],
    },
    Misreading {
        what: "shards of late messages are not looked at for their epoch",
        edits: &[Edit {
            file: "epoch/receiving.rs",
            from: "if flags.epoch != self.number_mod_64() {\n            return None;",
            to: "if flags.epoch > 63 {\n            return None;",
        }],
    },
    Misreading {
        what: "the mix flag of late messages counts as well",
        edits: &[
            Edit {
                file: "open.rs",
                from: "Skipped { chain: u64, n: u32 },",
                to: "Skipped { chain: u64, n: u32, mix: bool },",
            },
            Edit {
                file: "open.rs",
                from: "(chain, Delta::Skipped { chain, n }, mk)",
                to: "(chain, Delta::Skipped { chain, n, mix: header.fields.flags.mix }, mk)",
            },
            Edit {
                file: "open.rs",
                from: "            Delta::Skipped { chain, n } => {\n",
                to: "            Delta::Skipped { chain, n, mix } => {\n                let step = crate::epoch::EpochStep::Mix;\n                if mix && session.epoch.secret_of(step).is_some() {\n                    let none = entrenous_primitives::secret::SecretBytes::zeroed();\n                    let mixed = session.epoch.secret_of(step);\n                    session.root = crate::kdf::root_step(&session.root, &none, mixed, 0).root;\n                    let flags = entrenous_wire::header::Flags { epoch: 0, have: false, mix: true };\n                    session.epoch.receiving_stepped(session.party, step, flags, entrenous_identity::Day(0));\n                }\n",
            },
        ],
    },
    Misreading {
        what: "the offerer mixes in with any message, and not where a chain begins",
        edits: &[Edit {
            file: "seal.rs",
            from: "        let mut turn = None;\n",
            to: "        if let Phase::Live(live) = &mut self.phase\n            && let Some(secret) = self.epoch.secret_to_mix()\n        {\n            let none = entrenous_primitives::secret::SecretBytes::zeroed();\n            self.root = root_step(&self.root, &none, Some(secret), self.epoch.number).root;\n            live.epoch_step = crate::epoch::EpochStep::Mix;\n            let policy = &policy.post_quantum;\n            if let Begun { epoch: Some(epoch), .. } =\n                self.epoch.sending_step(self.party, &self.transcript, policy, now, rng)?\n            {\n                self.epoch = epoch;\n            }\n        }\n        let mut turn = None;\n",
        }],
    },
    Misreading {
        what: "the answerer mixes in at its own next chain",
        edits: &[
            Edit {
                file: "epoch/sending.rs",
                from: "            Stage::Settled { secret, .. } => secret.as_ref(),\n",
                to: "            Stage::Settled { secret, .. } => secret.as_ref(),\n            Stage::Answered { secret, answer, .. } if answer.peer_has => secret.as_ref(),\n",
            },
            Edit {
                file: "epoch/sending.rs",
                from: "            Stage::Resting(rest) if rest.is_over(policy, now) => {",
                to: "            Stage::Answered { secret: Some(_), answer, .. } if answer.peer_has => {\n                let step = EpochStep::Mix;\n                return Ok(Begun { step, epoch: Some(self.next(party, step, None)) });\n            }\n            Stage::Resting(rest) if rest.is_over(policy, now) => {",
            },
        ],
    },
    Misreading {
        what: "pn is taken after the number of messages was set back",
        edits: &[Edit { file: "seal.rs", from: "            pn: self.ns,\n", to: "            pn: 0,\n" }],
    },
    Misreading {
        what: "a skipped key goes before its message is authentic",
        edits: &[Edit {
            file: "open.rs",
            from: "            Place::Skipped { chain } => {\n",
            to: "            Place::Skipped { chain } => {\n                if let Some(index) = session.index_mut(chain) {\n                    index.remove(&(n..n + 1));\n                }\n",
        }],
    },
];

/// The crate that is misread.
const RATCHET: &str = "crates/ratchet/src";

/// Makes every misreading in turn; finds those that no story notices.
pub(crate) fn run() -> Findings {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let [root, target]: [&Path; 2] = [metadata.workspace_root.as_ref(), metadata.target_directory.as_ref()];
    // what is built of the copy lies apart: cargo would take it for the workspace's own
    let [copy, target] = ["misreadings", "misread"].map(|name| target.join(name));
    copy::workspace(root, &copy)?;
    // a misreading may spell out what it could import
    let manifest = copy.join("Cargo.toml");
    fs::write(&manifest, fs::read_to_string(&manifest)?.replace("unused_qualifications = \"deny\"\n", ""))?;
    let mut findings = Vec::new();
    if !stories_hold(&copy, &target)? {
        findings.push("the stories fail without any misreading".to_owned());
        return Ok(findings);
    }
    for misreading in MISREADINGS {
        for Edit { file, from, to } in misreading.edits {
            let path = copy.join(RATCHET).join(file);
            let text = fs::read_to_string(&path)?;
            if text.matches(from).count() != 1 {
                return Err(format!("`{}`: its text isn't in {file} once", misreading.what).into());
            }
            fs::write(&path, text.replace(from, to))?;
        }
        let noticed = !stories_hold(&copy, &target)?;
        println!("{} {}", if noticed { "noticed    " } else { "NOT NOTICED" }, misreading.what);
        if !noticed {
            findings.push(format!("no story notices: {}", misreading.what));
        }
        for Edit { file, .. } in misreading.edits {
            fs::copy(root.join(RATCHET).join(file), copy.join(RATCHET).join(file))?;
        }
    }
    fs::remove_dir_all(&copy)?;
    Ok(findings)
}

/// Builds the stories in `copy`, which must succeed, and tells whether they pass.
fn stories_hold(copy: &Path, target: &Path) -> Result<bool, Box<dyn Error>> {
    let stories = |more: &[&str]| {
        Command::new("cargo")
            .args(["test", "--quiet", "--offline", "-p", "entrenous-testkit", "--test", "scenarios"])
            .args(more)
            .current_dir(copy)
            .env("CARGO_TARGET_DIR", target)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    if !stories(&["--no-run"])?.success() {
        return Err("a misreading doesn't compile".into());
    }
    Ok(stories(&["--", "epochs::", "schedules::", "--skip", "hostile_stories_two"])?.success())
}
