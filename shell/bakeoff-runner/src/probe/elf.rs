//! What an ELF file says of itself: needed libraries, interpreter, and how much of it is symbols.

/// What an ELF file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Elf {
    /// The shared libraries it needs (`DT_NEEDED`), in order.
    pub(super) needed: Vec<String>,
    /// The program interpreter, if it needs one.
    pub(super) interpreter: Option<String>,
    /// Bytes of sections that `strip` removes: symbols, their names, debug information.
    pub(super) strippable: u64,
}

const SHT_SYMTAB: u64 = 2;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;

/// Reads a 64-bit little-endian ELF file (System V ABI, chapters 4 and 5); `None` for anything else.
pub(super) fn read(bytes: &[u8]) -> Option<Elf> {
    let file = File(bytes);
    if bytes.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let mut elf = Elf { strippable: strippable(file)?, ..Elf::default() };
    let segments = file.table(0x20, 0x36, 0x38)?;
    for segment in &segments {
        match file.u32(*segment)? {
            PT_INTERP => {
                let (at, size) = (file.u64(segment + 0x08)?, file.u64(segment + 0x20)?);
                let text = file.slice(at, size)?;
                let text = text.strip_suffix(b"\0").unwrap_or(text);
                elf.interpreter = Some(String::from_utf8_lossy(text).into_owned());
            }
            PT_DYNAMIC => {
                let (at, size) = (file.u64(segment + 0x08)?, file.u64(segment + 0x20)?);
                elf.needed = needed(file, &segments, at, size)?;
            }
            _ => {}
        }
    }
    Some(elf)
}

#[derive(Clone, Copy)]
struct File<'a>(&'a [u8]);

impl<'a> File<'a> {
    fn slice(self, at: u64, size: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(at).ok()?;
        self.0.get(start..start.checked_add(usize::try_from(size).ok()?)?)
    }

    fn number(self, at: u64, size: u64) -> Option<u64> {
        let bytes = self.slice(at, size)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u16(self, at: u64) -> Option<u64> {
        self.number(at, 2)
    }

    fn u32(self, at: u64) -> Option<u64> {
        self.number(at, 4)
    }

    fn u64(self, at: u64) -> Option<u64> {
        self.number(at, 8)
    }

    /// Where the entries of a header table begin, given where its place, entry size and count are.
    fn table(self, place: u64, size: u64, count: u64) -> Option<Vec<u64>> {
        let (start, size, count) = (self.u64(place)?, self.u16(size)?, self.u16(count)?);
        (0..count).map(|index| start.checked_add(index * size)).collect()
    }

    /// The text at `at` up to its zero byte.
    fn text(self, at: u64) -> Option<String> {
        let rest = self.0.get(usize::try_from(at).ok()?..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&rest[..end]).into_owned())
    }
}

fn strippable(file: File<'_>) -> Option<u64> {
    let sections = file.table(0x28, 0x3a, 0x3c)?;
    let Some(names) = sections.get(usize::try_from(file.u16(0x3e)?).ok()?) else { return Some(0) };
    let names = file.u64(names + 0x18)?;
    let mut bytes: u64 = 0;
    for section in sections {
        let name = file.text(names.checked_add(file.u32(section)?)?)?;
        let debug = name.starts_with(".debug") || name.starts_with(".zdebug");
        let symbols = file.u32(section + 0x04)? == SHT_SYMTAB || name == ".strtab";
        if debug || symbols {
            bytes = bytes.saturating_add(file.u64(section + 0x20)?);
        }
    }
    Some(bytes.min(file.0.len() as u64))
}

fn needed(file: File<'_>, segments: &[u64], at: u64, size: u64) -> Option<Vec<String>> {
    let entries: Vec<(u64, u64)> = (0..size / 16)
        .map(|index| Some((file.u64(at + 16 * index)?, file.u64(at + 16 * index + 8)?)))
        .collect::<Option<_>>()?;
    let Some((_, table)) = entries.iter().find(|(tag, _)| *tag == DT_STRTAB) else {
        return Some(Vec::new());
    };
    // The table is named by its address in memory: find the segment that is loaded there.
    let offset = segments.iter().find_map(|segment| {
        let (offset, address) = (file.u64(segment + 0x08)?, file.u64(segment + 0x10)?);
        let inside = table.checked_sub(address)?;
        let loaded = file.u32(*segment)? == 1 && inside < file.u64(segment + 0x20)?;
        loaded.then(|| offset + inside)
    })?;
    entries
        .iter()
        .filter(|(tag, _)| *tag == DT_NEEDED)
        .map(|(_, name)| file.text(offset.checked_add(*name)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_test_program_needs_libc() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let elf = read(&bytes).unwrap();
        assert!(elf.needed.iter().any(|name| name.starts_with("libc.")), "{elf:?}");
        assert!(elf.interpreter.is_some_and(|name| name.contains("ld-linux")));
        assert!(0 < elf.strippable && elf.strippable < bytes.len() as u64);
    }

    #[test]
    fn cut_and_foreign_files_are_refused_without_harm() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for length in [0, 3, 6, 63, 64, 1000] {
            assert_eq!(read(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(read(b"#!/bin/sh\n"), None);
    }
}
