//! Values of the plugin interface as they lie in a guest's memory (Component Model, canonical ABI).

use serde_json::Value;

/// Bytes from an address on.
pub(crate) struct Layout {
    base: u32,
    bytes: Vec<u8>,
}

/// A string or a list: where it begins, and its length.
type Slice = (u32, u32);

impl Layout {
    pub(crate) fn at(base: u32) -> Self {
        Self { base, bytes: Vec::new() }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// The record `manifest`; its address.
    pub(crate) fn manifest(&mut self, manifest: &Value) -> u32 {
        let text = |name: &str| manifest[name].as_str().expect("a text").to_owned();
        let mut fields: Vec<Slice> =
            ["name", "version", "sdk", "description"].map(|name| self.string(&text(name))).to_vec();
        let missions = records(&manifest["missions"], |mission| self.mission(mission));
        fields.push(self.list(&missions));
        let operations = records(&manifest["operations"], |operation| self.operation(operation));
        fields.push(self.list(&operations));
        self.put(&words(&fields))
    }

    /// An `ok` with the record `workflow`; its address.
    pub(crate) fn workflow(&mut self, workflow: &Value) -> u32 {
        let steps = records(&workflow["steps"], |step| {
            let text = |name: &str| step[name].as_str().expect("a text").to_owned();
            let fields = [self.string(&text("id")), self.string(&text("kind")), self.json(&step["payload"])];
            words(&fields)
        });
        let fields =
            [self.string(workflow["id"].as_str().expect("an id")), self.list(&steps), self.json(&workflow["metadata"])];
        let mut result = vec![0, 0, 0, 0];
        result.extend(words(&fields));
        self.put(&result)
    }

    fn mission(&mut self, mission: &Value) -> Vec<u8> {
        let examples = records(&mission["examples"], |example| words(&[self.json(example)]));
        let fields = [
            self.string(mission["name"].as_str().expect("a name")),
            self.string(mission["description"].as_str().expect("a description")),
            self.json(&mission["params_schema"]),
            self.list(&examples),
        ];
        words(&fields)
    }

    fn operation(&mut self, operation: &Value) -> Vec<u8> {
        let reads = records(&operation["reads"], |region| self.region(region));
        let writes = records(&operation["writes"], |region| self.region(region));
        let examples = records(&operation["examples"], |example| {
            let fields = [self.json(&example["payload"]), self.json(&example["state"])];
            words(&fields)
        });
        let fields = [
            self.string(operation["name"].as_str().expect("a name")),
            self.string(operation["description"].as_str().expect("a description")),
            self.json(&operation["payload_schema"]),
            self.list(&reads),
            self.list(&writes),
            self.list(&examples),
        ];
        words(&fields)
    }

    fn region(&mut self, region: &Value) -> Vec<u8> {
        let (case, pointer) = match (region["state"].as_str(), region["payload"].as_str()) {
            (Some(pointer), _) => (0, pointer),
            (None, Some(pointer)) => (1, pointer),
            (None, None) => panic!("{region} is no region"),
        };
        let mut bytes = vec![case, 0, 0, 0];
        bytes.extend(words(&[self.string(pointer)]));
        bytes
    }

    fn json(&mut self, value: &Value) -> Slice {
        self.string(&value.to_string())
    }

    fn string(&mut self, text: &str) -> Slice {
        let at = self.put(text.as_bytes());
        (at, u32::try_from(text.len()).expect("a short text"))
    }

    fn list(&mut self, records: &[Vec<u8>]) -> Slice {
        let at = self.put(&records.concat());
        (at, u32::try_from(records.len()).expect("a short list"))
    }

    /// Keeps bytes at the next address that is a multiple of 8.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.base + u32::try_from(self.bytes.len()).expect("little data");
        self.bytes.extend_from_slice(bytes);
        at
    }
}

fn records(list: &Value, record: impl FnMut(&Value) -> Vec<u8>) -> Vec<Vec<u8>> {
    list.as_array().expect("a list").iter().map(record).collect()
}

fn words(slices: &[Slice]) -> Vec<u8> {
    slices.iter().flat_map(|(at, length)| [at.to_le_bytes(), length.to_le_bytes()].concat()).collect()
}
