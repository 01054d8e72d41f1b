//! The demo as a test: it has to print one JSON line for each scene it played, each with
//! `"ok": true`, and a last line that sums them up.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let demo = ["demo", "--once", "--json"];
    let printed = workspace.output("cargo", &demo)?;
    let scenes = judge(&printed).inspect_err(|_| print!("{printed}"))?;
    println!("{scenes} scenes");
    Ok(())
}

/// The number of scenes, if all went well.
fn judge(printed: &str) -> Result<u64> {
    let mut lines = Vec::new();
    for (position, line) in printed.lines().enumerate() {
        let value: Value = serde_json::from_str(line)
            .with_context(|| format!("line {} of the demo is not JSON", position + 1))?;
        lines.push(value);
    }
    let last = lines.pop().context("the demo printed nothing")?;
    for (position, scene) in lines.iter().enumerate() {
        ensure!(
            scene.get("ok") == Some(&Value::Bool(true)),
            "line {} of the demo does not say \"ok\": true",
            position + 1
        );
    }
    let summary = last.get("summary").unwrap_or(&last);
    let number = |field| summary.get(field).and_then(Value::as_u64);
    let total = number("total").context("the demo's last line has no `total`")?;
    let ok = number("ok").context("the demo's last line has no count `ok`")?;
    ensure!(total > 0, "the demo played no scene");
    ensure!(total == ok, "{ok} of {total} scenes of the demo went well");
    ensure!(
        usize::try_from(total) == Ok(lines.len()),
        "the demo sums up {total} scenes and printed {}",
        lines.len()
    );
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_whose_scenes_all_went_well_is_accepted() {
        let flat = "{\"ok\":true}\n{\"ok\":true}\n{\"total\":2,\"ok\":2}\n";
        assert_eq!(judge(flat).expect("accepted"), 2);
        let nested = "{\"ok\":true}\n{\"summary\":{\"total\":1,\"ok\":1}}\n";
        assert_eq!(judge(nested).expect("accepted"), 1);
    }

    #[test]
    fn a_demo_that_fails_or_hides_a_scene_is_refused() {
        for printed in [
            "",
            "all is well\n",
            "{\"total\":0,\"ok\":0}\n",
            "{\"ok\":true}\n",
            "{\"ok\":false}\n{\"total\":1,\"ok\":1}\n",
            "{}\n{\"total\":1,\"ok\":1}\n",
            "{\"ok\":true}\n{\"total\":1,\"ok\":0}\n",
            "{\"ok\":true}\n{\"total\":2,\"ok\":2}\n",
        ] {
            judge(printed).expect_err(printed);
        }
    }
}
