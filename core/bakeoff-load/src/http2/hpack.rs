//! Reading header blocks (RFC 7541), whatever they hold: bounded, without a panic, allocating
//! nothing as long as the text has room.

use crate::http2::huffman;
use crate::http2::table::DynamicTable;

/// Bytes that stand for a number beyond its prefix at most: 28 bits, more than any length here.
const INTEGER_BYTES_MAX: usize = 4;

/// Why a block cannot be read, after which nothing on its connection can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockError {
    /// It is not what RFC 7541 describes.
    Invalid,
    /// What it means is longer than the limit.
    TooLarge,
}

/// A field of a block, as places in the text it was appended to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Where the name begins.
    pub(crate) start: usize,
    /// Where it ends and `: ` follows.
    pub(crate) name_end: usize,
    /// Where the value ends; `\r\n` is still to follow.
    pub(crate) end: usize,
}

impl Field {
    pub(crate) fn name(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.name_end]
    }

    pub(crate) fn value(self, text: &[u8]) -> &[u8] {
        &text[self.name_end + 2..self.end]
    }
}

/// Reads a block field by field.
#[derive(Debug)]
pub(crate) struct BlockReader<'b> {
    rest: &'b [u8],
    /// Nothing but changes of the table's size came yet.
    at_start: bool,
}

impl<'b> BlockReader<'b> {
    pub(crate) const fn new(block: &'b [u8]) -> Self {
        Self { rest: block, at_start: true }
    }

    /// Appends the next field to `text` as `name: value`; none at the end of the block. The text
    /// never grows beyond `bytes_max`.
    pub(crate) fn next(
        &mut self,
        table: &mut DynamicTable,
        text: &mut Vec<u8>,
        bytes_max: usize,
    ) -> Result<Option<Field>, BlockError> {
        loop {
            let Some(&first) = self.rest.first() else { return Ok(None) };
            let start = text.len();
            let remembered = match first {
                // An entry of a table, whole (RFC 7541 §6.1).
                0x80.. => {
                    let index = self.integer(7)?;
                    let (name, value) = table.get(index).ok_or(BlockError::Invalid)?;
                    append(text, name, bytes_max)?;
                    let name_end = text.len();
                    append(text, b": ", bytes_max)?;
                    append(text, value, bytes_max)?;
                    self.at_start = false;
                    return Ok(Some(Field { start, name_end, end: text.len() }));
                }
                // A literal to be remembered (§6.2.1).
                0x40.. => true,
                // The table's size (§6.3), only at the beginning of a block (§4.2).
                0x20.. => {
                    let size = self.integer(5)?;
                    if !self.at_start || !table.resize(size) {
                        return Err(BlockError::Invalid);
                    }
                    continue;
                }
                // Literals not to be remembered, by us or by anybody (§6.2.2, §6.2.3).
                _ => false,
            };
            self.at_start = false;
            let index = self.integer(if remembered { 6 } else { 4 })?;
            if index == 0 {
                self.string(text, bytes_max)?;
            } else {
                let (name, _) = table.get(index).ok_or(BlockError::Invalid)?;
                append(text, name, bytes_max)?;
            }
            let name_end = text.len();
            append(text, b": ", bytes_max)?;
            self.string(text, bytes_max)?;
            let field = Field { start, name_end, end: text.len() };
            if remembered {
                table.insert(field.name(text), field.value(text));
            }
            return Ok(Some(field));
        }
    }

    fn byte(&mut self) -> Result<u8, BlockError> {
        let (&byte, rest) = self.rest.split_first().ok_or(BlockError::Invalid)?;
        self.rest = rest;
        Ok(byte)
    }

    /// A number of which the first byte has `prefix` bits (§5.1).
    fn integer(&mut self, prefix: u32) -> Result<usize, BlockError> {
        let full = (1_usize << prefix) - 1;
        let mut number = usize::from(self.byte()?) & full;
        if number < full {
            return Ok(number);
        }
        for shift in 0..INTEGER_BYTES_MAX {
            let byte = usize::from(self.byte()?);
            number += (byte & 127) << (7 * shift);
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(BlockError::Invalid)
    }

    /// A string, plain or coded (§5.2).
    fn string(&mut self, text: &mut Vec<u8>, bytes_max: usize) -> Result<(), BlockError> {
        let coded = self.rest.first().is_some_and(|byte| 0x80 <= *byte);
        let length = self.integer(7)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(BlockError::Invalid)?;
        self.rest = rest;
        if !coded {
            return append(text, bytes, bytes_max);
        }
        match huffman::decode(bytes, text, bytes_max) {
            Ok(true) => Ok(()),
            Ok(false) => Err(BlockError::TooLarge),
            Err(huffman::InvalidHuffman) => Err(BlockError::Invalid),
        }
    }
}

fn append(text: &mut Vec<u8>, bytes: &[u8], bytes_max: usize) -> Result<(), BlockError> {
    if bytes_max < text.len() + bytes.len() {
        return Err(BlockError::TooLarge);
    }
    text.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    type Fields = Vec<(String, String)>;

    fn read(table: &mut DynamicTable, block: &[u8]) -> Result<Fields, BlockError> {
        let mut reader = BlockReader::new(block);
        let (mut text, mut fields) = (Vec::new(), Vec::new());
        while let Some(field) = reader.next(table, &mut text, 1 << 16)? {
            let said = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
            fields.push((said(field.name(&text)), said(field.value(&text))));
        }
        Ok(fields)
    }

    /// The fields of a block on a new connection.
    pub(crate) fn fields_of(block: &[u8]) -> Result<Fields, BlockError> {
        read(&mut DynamicTable::new(), block)
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
    }

    /// The blocks of one connection and what they mean, a line each.
    fn told(blocks: &[&str]) -> String {
        let mut table = DynamicTable::new();
        let lines = blocks.iter().map(|hex| {
            let fields = read(&mut table, &bytes(hex)).unwrap();
            let fields = fields.iter().map(|(name, value)| format!("{name}={value}"));
            fields.collect::<Vec<_>>().join(" | ")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn literals_of_the_rfc() {
        // RFC 7541, appendix C.2.
        insta::assert_snapshot!(told(&[
            "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
            "040c 2f73 616d 706c 652f 7061 7468",
            "1008 7061 7373 776f 7264 0673 6563 7265 74",
            "82",
        ]), @r"
        custom-key=custom-header
        :path=/sample/path
        password=secret
        :method=GET
        ");
    }

    #[test]
    fn requests_of_the_rfc_plain_and_coded() {
        // RFC 7541, appendix C.3 and C.4.
        let plain = told(&[
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        ]);
        let coded = told(&[
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ]);
        assert_eq!(plain, coded);
        insta::assert_snapshot!(plain, @r"
        :method=GET | :scheme=http | :path=/ | :authority=www.example.com
        :method=GET | :scheme=http | :path=/ | :authority=www.example.com | cache-control=no-cache
        :method=GET | :scheme=https | :path=/index.html | :authority=www.example.com | custom-key=custom-value
        ");
    }

    #[test]
    fn answers_of_the_rfc_push_old_entries_out() {
        // RFC 7541, appendix C.5 and C.6, whose table has 256 bytes: said in front.
        let plain = told(&[
            "3fe1 01 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ]);
        let coded = told(&[
            "3fe1 01 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        ]);
        assert_eq!(plain, coded);
        insta::assert_snapshot!(plain, @r"
        :status=302 | cache-control=private | date=Mon, 21 Oct 2013 20:13:21 GMT | location=https://www.example.com
        :status=307 | cache-control=private | date=Mon, 21 Oct 2013 20:13:21 GMT | location=https://www.example.com
        :status=200 | cache-control=private | date=Mon, 21 Oct 2013 20:13:22 GMT | location=https://www.example.com | content-encoding=gzip | set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
        ");
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for hex in [
            "80",
            "be",
            "ff",
            "ffff ffff ff7f",
            "40",
            "4005 61",
            "4081 00 00",
            "3fe2 1f",
            "82 20",
            "7f",
        ] {
            assert_eq!(fields_of(&bytes(hex)), Err(BlockError::Invalid), "{hex}");
        }
    }

    #[test]
    fn a_short_block_that_means_a_lot_is_cut_at_the_limit() {
        let mut table = DynamicTable::new();
        table.insert(b"name", &[b'x'; 4000]);
        assert_eq!(read(&mut table, &[0xbe; 100]), Err(BlockError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_within_bounds(
            blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..6),
        ) {
            let mut table = DynamicTable::new();
            for block in blocks {
                let mut reader = BlockReader::new(&block);
                let mut text = Vec::new();
                while let Ok(Some(field)) = reader.next(&mut table, &mut text, 500) {
                    prop_assert!(text.len() <= 500);
                    prop_assert!(field.start <= field.name_end && field.name_end + 2 <= field.end);
                }
            }
        }
    }
}
