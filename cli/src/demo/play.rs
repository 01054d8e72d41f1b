//! Plays the day: every scenario, its verdict, the summary. Then leaves the shop open for
//! whoever wants to buy something.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::scenarios::{self, Scenario};
use super::stage::{Scene, Story, Trouble};

/// How the demo is played.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// One JSON document a line instead of the timeline.
    pub json: bool,
    /// End after the scenarios.
    pub once: bool,
    /// Where the database and the journal are kept; otherwise in a folder that is deleted.
    pub folder: Option<PathBuf>,
    /// Only scenarios whose name contains this.
    pub only: Option<String>,
    /// Go straight to the shop.
    pub no_scenarios: bool,
    /// A program that serves what `coinpay demo-shop` does, with its first arguments; that one
    /// itself where there is none.
    pub shop: Vec<String>,
}

struct Played {
    scenario: &'static Scenario,
    ok: bool,
}

/// Plays the demo; true where every scenario went as expected.
///
/// # Errors
/// Where the stage cannot be set: no folder, no free port, a shop that does not start.
pub fn play(options: &DemoOptions) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    let wanted = |scenario: &&Scenario| {
        let only = options.only.as_deref();
        !options.no_scenarios && only.is_none_or(|text| scenario.name.contains(text))
    };
    let wanted: Vec<_> = scenarios::all().filter(wanted).collect();
    if wanted.is_empty() && !options.no_scenarios {
        return Err("no scenario has such a name".into());
    }
    let folder = Folder::of(options)?;
    let story = Story::new(options.json);
    let mut scene = Scene::open(&folder.path, &options.shop, fresh_seed(), story)?;
    let started = Instant::now();
    let mut played = Vec::new();
    if !wanted.is_empty() {
        scene.story.say("A day in a shop that takes crypto.");
        for (number, scenario) in (1..).zip(wanted) {
            played.push(one(&mut scene, number, scenario, options.json));
        }
        summary(&scene.story, &played, options.json, started);
    }
    let all_ok = played.iter().all(|played| played.ok);
    if !options.once {
        stay_open(&mut scene, options.json)?;
    }
    Ok(all_ok)
}

fn one(scene: &mut Scene, number: usize, scenario: &'static Scenario, as_json: bool) -> Played {
    scene.story.heading(number, scenario.title);
    let actual = scene
        .begin(number)
        .and_then(|()| (scenario.play)(scene))
        .unwrap_or_else(|trouble: Trouble| format!("could not be played: {trouble}"));
    let ok = actual == scenario.expected;
    scene.story.verdict(ok, scenario.expected, &actual);
    if as_json {
        let line = json!({
            "scenario": scenario.name,
            "expected": scenario.expected,
            "actual": actual,
            "ok": ok,
        });
        print_line(&line.to_string());
    }
    Played { scenario, ok }
}

fn summary(story: &Story, played: &[Played], as_json: bool, started: Instant) {
    let ok = played.iter().filter(|played| played.ok).count();
    if as_json {
        let line = json!({ "scenario": "summary", "total": played.len(), "ok": ok });
        print_line(&line.to_string());
        return;
    }
    story.say("\nThe day");
    for (number, played) in (1..).zip(played) {
        let mark = match played.ok {
            true => story.paint("32", "ok    "),
            false => story.paint("31;1", "NOT OK"),
        };
        story.say(&format!(
            "    {mark} {number:>2}. {}",
            played.scenario.title
        ));
    }
    let seconds = started.elapsed().as_secs();
    story.say(&format!(
        "\n{ok} of {} scenarios went as expected, in {seconds} s.",
        played.len()
    ));
}

fn stay_open(scene: &mut Scene, as_json: bool) -> Result<(), Trouble> {
    let number = scenarios::all().count().saturating_add(1);
    scene.begin(number)?;
    scene.stock_the_shelves()?;
    scene.start_worker()?;
    let (shop, gateway) = (scene.shop_url().to_owned(), scene.gateway_page());
    if as_json {
        print_line(&json!({ "shop_url": shop, "gateway_url": gateway }).to_string());
    } else {
        scene.story.say("\nThe shop is open. Ctrl-C closes it.");
        scene
            .story
            .say(&format!("    the shop               {shop}/"));
        scene
            .story
            .say(&format!("    behind the counter     {shop}/admin"));
        scene
            .story
            .say(&format!("    the gateway's wallets  {gateway}/"));
    }
    loop {
        std::thread::park();
    }
}

fn print_line(line: &str) {
    // Whoever closes the pipe has read enough.
    let _read = writeln!(io::stdout(), "{line}");
}

/// A kept folder has the payments of earlier days; their ids must not come again.
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or_default()
}

/// A folder of its own for this day.
struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    fn of(options: &DemoOptions) -> io::Result<Self> {
        let name = format!("day-{}", fresh_seed());
        let parent = match (&options.folder, options.once) {
            (Some(folder), _) => folder.clone(),
            (None, false) => PathBuf::from("coinpay-demo"),
            (None, true) => {
                std::env::temp_dir().join(format!("coinpay-demo-{}", std::process::id()))
            }
        };
        let path = parent.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self {
            path: path.canonicalize()?,
            kept: options.folder.is_some() || !options.once,
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            let parent: &Path = self.path.parent().unwrap_or(&self.path);
            // What cannot be deleted is in the system's folder for such things.
            let _gone = std::fs::remove_dir_all(parent);
        }
    }
}
