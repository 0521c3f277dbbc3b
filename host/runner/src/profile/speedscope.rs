//! The file format of speedscope (<https://www.speedscope.app/file-format-schema.json>), as samples with weights.

use std::collections::HashMap;

use serde::Serialize;

use super::Row;

#[derive(Serialize)]
struct File<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: &'r str,
    #[serde(rename = "activeProfileIndex")]
    active: usize,
    shared: FrameTable<'r>,
    profiles: [Profile<'r>; 1],
}

#[derive(Serialize)]
struct FrameTable<'r> {
    frames: Vec<Frame<'r>>,
}

#[derive(Serialize)]
struct Frame<'r> {
    name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'r> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'r str,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

pub(super) fn text(rows: &[Row]) -> String {
    let (mut frames, mut known) = (Vec::new(), HashMap::new());
    let (mut samples, mut weights, mut chain) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let frame = *known.entry(row.name.as_str()).or_insert_with(|| {
            frames.push(Frame { name: &row.name });
            frames.len() - 1
        });
        chain.truncate(row.depth);
        chain.push(frame);
        if row.own > 0 {
            samples.push(chain.clone());
            weights.push(row.own);
        }
    }
    let (name, end_value) = rows.first().map_or(("", 0), |row| (&row.name, row.total));
    let profile = Profile { kind: "sampled", name, unit: "none", start_value: 0, end_value, samples, weights };
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: concat!("sortie ", env!("CARGO_PKG_VERSION")),
        name,
        active: 0,
        shared: FrameTable { frames },
        profiles: [profile],
    };
    serde_json::to_string(&file).unwrap_or_default() + "\n"
}
