//! Where in a JSON text a line and a column are, as people name it: `trials[3].metrics.latency-p99`.

/// Characters of a path that are shown.
const PATH_MOST: usize = 100;

/// The path of the value at a line and column of JSON that does not parse, as far as it can be told; cut short where it is
/// nested beyond reading.
pub fn path_at(bytes: &[u8], line: usize, column: usize) -> String {
    let before = bytes.split(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let start: usize = before.map(|line| line.len() + 1).sum();
    let end = (start + column).min(bytes.len());
    let mut walker = PathWalker::default();
    for &byte in &bytes[..end] {
        walker.take(byte);
    }
    let path = walker.path();
    match path.char_indices().nth(PATH_MOST) {
        Some((end, _)) => format!("{}...", &path[..end]),
        None => path,
    }
}

/// Where one is in JSON text: a stack of keys and indices, kept up byte by byte.
#[derive(Default)]
struct PathWalker {
    levels: Vec<Level>,
    text: Vec<u8>,
    in_text: bool,
    escaped: bool,
}

enum Level {
    Object { key: String },
    Array { index: usize },
}

impl PathWalker {
    fn take(&mut self, byte: u8) {
        if self.in_text {
            match byte {
                b'"' if !self.escaped => self.in_text = false,
                b'\\' if !self.escaped => {
                    self.escaped = true;
                    return;
                }
                other => self.text.push(other),
            }
            self.escaped = false;
            return;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.text.clear();
            }
            b'{' => self.levels.push(Level::Object { key: String::new() }),
            b'[' => self.levels.push(Level::Array { index: 0 }),
            b'}' | b']' => drop(self.levels.pop()),
            b':' => {
                if let Some(Level::Object { key }) = self.levels.last_mut() {
                    *key = String::from_utf8_lossy(&self.text).into_owned();
                }
            }
            b',' => {
                if let Some(Level::Array { index }) = self.levels.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for level in &self.levels {
            match level {
                Level::Object { key } if key.is_empty() => {}
                Level::Object { key } => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Level::Array { index } => path.extend(["[", &index.to_string(), "]"]),
            }
        }
        path
    }
}
