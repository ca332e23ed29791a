//! What `suites/README.md` shows as an example, a manifest takes.

use std::collections::BTreeMap;

use bakeoff_experiment::manifest;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/README.md"));

/// A manifest that lacks nothing, so that an example can be added to it.
const BASE: &str = r#"title = "t"
[candidates.base]
dir = "candidates/base"
run = ["./base"]
[workloads.frameworks]
requests = [{ get = "/" }]
"#;

/// The TOML blocks of a document that begin with a table of a manifest.
fn examples(document: &str) -> Vec<&str> {
    let blocks = document.split("```toml\n").skip(1);
    blocks
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| block.starts_with('['))
        .collect()
}

#[test]
fn every_example_can_be_pasted_into_a_manifest() {
    let files: BTreeMap<String, Vec<u8>> =
        ["candidates/base/x", "candidates/go-gin/x", "probes/source/lines.sh"]
            .map(|path| (path.to_owned(), Vec::new()))
            .into();
    let examples = examples(README);
    let tables: Vec<&str> = examples.iter().filter_map(|it| it.split(['.', '[']).nth(1)).collect();
    assert_eq!(tables, ["candidates", "workloads", "workloads", "probes"]);
    for example in examples {
        let text = format!("{BASE}{example}");
        let read = manifest::read("bakeoff.toml", text.as_bytes(), &files);
        assert!(read.is_ok(), "{example}\n{}", read.unwrap_err());
    }
}
