//! A writer of small OpenStreetMap extracts, so that tests can say what is in one. Source: the wiki's page on PBF.
#![allow(dead_code, reason = "each test binary uses its part")]

/// An extract to be written.
#[derive(Clone, Default)]
pub(crate) struct Extract {
    strings: Vec<String>,
    nodes: Vec<Vec<u8>>,
    ways: Vec<Vec<u8>>,
    relations: Vec<Vec<u8>>,
    /// Features that the header names: required ones, optional ones.
    features: [Vec<&'static str>; 2],
}

/// A member of a relation: role, kind (0 node, 1 way, 2 relation), id.
pub(crate) type Member<'a> = (&'a str, u64, i64);

impl Extract {
    pub(crate) fn node(mut self, id: i64, lat: f64, lon: f64, tags: &str) -> Self {
        let mut out = Vec::new();
        field(&mut out, 1, zigzag(id));
        self.tags(&mut out, tags);
        field(&mut out, 8, zigzag((lat * 1e7).round() as i64));
        field(&mut out, 9, zigzag((lon * 1e7).round() as i64));
        self.nodes.push(out);
        self
    }
    pub(crate) fn way(mut self, id: i64, nodes: &[i64], tags: &str) -> Self {
        let mut out = Vec::new();
        field(&mut out, 1, id as u64);
        self.tags(&mut out, tags);
        packed(&mut out, 8, deltas(nodes.iter().copied()));
        self.ways.push(out);
        self
    }
    /// A way that carries the places of its nodes, each an id with degrees of latitude and longitude.
    pub(crate) fn located_way(mut self, id: i64, nodes: &[(i64, f64, f64)], tags: &str) -> Self {
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        self = self.way(id, &nodes.iter().map(|node| node.0).collect::<Vec<_>>(), tags);
        if let Some(out) = self.ways.last_mut() {
            packed(out, 9, deltas(nodes.iter().map(|node| e7(node.1))));
            packed(out, 10, deltas(nodes.iter().map(|node| e7(node.2))));
        }
        self
    }
    /// Names features in the header: one that readers must know, or one that they may.
    pub(crate) fn feature(mut self, name: &'static str, required: bool) -> Self {
        self.features[usize::from(!required)].push(name);
        self
    }
    pub(crate) fn relation(mut self, id: i64, members: &[Member<'_>], tags: &str) -> Self {
        let mut out = Vec::new();
        field(&mut out, 1, id as u64);
        self.tags(&mut out, tags);
        let roles: Vec<u64> = members.iter().map(|member| self.string(member.0)).collect();
        packed(&mut out, 8, roles);
        packed(&mut out, 9, deltas(members.iter().map(|member| member.2)));
        packed(&mut out, 10, members.iter().map(|member| member.1).collect());
        self.relations.push(out);
        self
    }
    /// The extract as a file's bytes: a header, then nodes, ways and relations in a block each.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = Vec::new();
        bytes(&mut header, 4, b"OsmSchema-V0.6");
        for (number, features) in [(4, &self.features[0]), (5, &self.features[1])] {
            features.iter().for_each(|feature| bytes(&mut header, number, feature.as_bytes()));
        }
        let mut file = blob("OSMHeader", &header);
        for (number, objects) in [(1, &self.nodes), (3, &self.ways), (4, &self.relations)] {
            let (mut table, mut group, mut block) = (Vec::new(), Vec::new(), Vec::new());
            bytes(&mut table, 1, b"");
            self.strings.iter().for_each(|text| bytes(&mut table, 1, text.as_bytes()));
            objects.iter().for_each(|object| bytes(&mut group, number, object));
            bytes(&mut block, 1, &table);
            bytes(&mut block, 2, &group);
            file.extend(blob("OSMData", &block));
        }
        file
    }

    /// `key=value` pairs between blanks.
    fn tags(&mut self, out: &mut Vec<u8>, tags: &str) {
        let pairs: Vec<(u64, u64)> = tags
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (self.string(key), self.string(value)))
            .collect();
        packed(out, 2, pairs.iter().map(|pair| pair.0).collect());
        packed(out, 3, pairs.iter().map(|pair| pair.1).collect());
    }
    /// Its place in the table; 0 is kept free, as the format wants.
    fn string(&mut self, text: &str) -> u64 {
        let known = self.strings.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.strings.push(text.to_owned());
            self.strings.len() - 1
        }) as u64
            + 1
    }
}

fn blob(kind: &str, data: &[u8]) -> Vec<u8> {
    let (mut body, mut head) = (Vec::new(), Vec::new());
    bytes(&mut body, 1, data);
    bytes(&mut head, 1, kind.as_bytes());
    field(&mut head, 3, body.len() as u64);
    [&(head.len() as u32).to_be_bytes()[..], &head, &body].concat()
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn deltas(values: impl Iterator<Item = i64>) -> Vec<u64> {
    let mut last = 0;
    values.map(|value| zigzag(value - std::mem::replace(&mut last, value))).collect()
}

fn field(out: &mut Vec<u8>, number: u64, value: u64) {
    varint(out, number << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, number: u64, value: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn packed(out: &mut Vec<u8>, number: u64, values: Vec<u64>) {
    let mut list = Vec::new();
    values.into_iter().for_each(|value| varint(&mut list, value));
    bytes(out, number, &list);
}
