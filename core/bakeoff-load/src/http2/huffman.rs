//! The Huffman code of HPACK (RFC 7541 §5.2, appendix B), which is canonical: lengths say it all.

/// Longest code, in bits.
const CODE_BITS_MAX: usize = 30;
/// Symbols: the bytes, and the end of a string, which never occurs.
const SYMBOLS: usize = 257;
const END: u16 = 256;

/// Length of each symbol's code in bits (RFC 7541, appendix B).
#[rustfmt::skip]
const LENGTHS: [u8; SYMBOLS] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/// The code, ready for decoding.
struct Code {
    /// Symbols by length, then by value.
    symbols: [u16; SYMBOLS],
    /// By length: place of the first symbol of it.
    places: [u16; CODE_BITS_MAX + 1],
    /// By length: its first code.
    firsts: [u32; CODE_BITS_MAX + 1],
    /// By length: the first 32 bits that are no code of this length or shorter.
    limits: [u64; CODE_BITS_MAX + 1],
    /// By the next eight bits: symbol and length, 0 if the code is longer.
    short: [(u8, u8); 256],
}

const CODE: Code = code();

const fn code() -> Code {
    let mut code = Code {
        symbols: [0; SYMBOLS],
        places: [0; CODE_BITS_MAX + 1],
        firsts: [0; CODE_BITS_MAX + 1],
        limits: [0; CODE_BITS_MAX + 1],
        short: [(0, 0); 256],
    };
    let (mut next, mut place, mut bits) = (0_u32, 0, 1);
    while bits <= CODE_BITS_MAX {
        next <<= 1;
        code.firsts[bits] = next;
        code.places[bits] = place as u16;
        let mut symbol = 0;
        while symbol < SYMBOLS {
            if LENGTHS[symbol] as usize == bits {
                code.symbols[place] = symbol as u16;
                let mut filler = 0;
                while bits <= 8 && filler < 1 << (8 - bits) {
                    code.short[((next as usize) << (8 - bits)) + filler] =
                        (symbol as u8, bits as u8);
                    filler += 1;
                }
                place += 1;
                next += 1;
            }
            symbol += 1;
        }
        code.limits[bits] = (next as u64) << (32 - bits);
        bits += 1;
    }
    code
}

/// A string is not one that the code can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidHuffman;

/// Appends the text that `input` codes to `out`, which never grows beyond `bytes_max`. Gives whether
/// it fitted.
pub(crate) fn decode(
    input: &[u8],
    out: &mut Vec<u8>,
    bytes_max: usize,
) -> Result<bool, InvalidHuffman> {
    // The bits not yet used, from the top, and how many they are.
    let (mut bits, mut count) = (0_u64, 0_usize);
    let mut rest = input.iter();
    loop {
        while count <= 56
            && let Some(&byte) = rest.next()
        {
            bits |= u64::from(byte) << (56 - count);
            count += 8;
        }
        let (mut symbol, mut length) = {
            let (symbol, length) = CODE.short[(bits >> 56) as usize];
            (u16::from(symbol), usize::from(length))
        };
        if length == 0 {
            let top = bits >> 32;
            length = 9;
            while CODE.limits[length] <= top && length < CODE_BITS_MAX {
                length += 1;
            }
            let offset = (top >> (32 - length)) as usize - CODE.firsts[length] as usize;
            symbol = CODE.symbols[usize::from(CODE.places[length]) + offset];
        }
        if count < length {
            break;
        }
        if symbol == END {
            return Err(InvalidHuffman);
        }
        if bytes_max <= out.len() {
            return Ok(false);
        }
        out.push(symbol as u8);
        bits <<= length;
        count -= length;
    }
    // What is left is padding: less than a byte of the beginning of the end symbol, all ones.
    let padded = count < 8 && (count == 0 || bits >> (64 - count) == (1 << count) - 1);
    if padded { Ok(true) } else { Err(InvalidHuffman) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Codes a text the plain way, bit by bit, from the same lengths.
    fn encode(text: &[u8]) -> Vec<u8> {
        let mut bits = Vec::new();
        for &byte in text {
            let length = usize::from(LENGTHS[usize::from(byte)]);
            let from = usize::from(CODE.places[length]);
            let nth = CODE.symbols[from..].iter().position(|&s| s == u16::from(byte)).unwrap();
            let code = CODE.firsts[length] + nth as u32;
            bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
        }
        while bits.len() % 8 != 0 {
            bits.push(true);
        }
        bits.chunks(8)
            .map(|eight| eight.iter().fold(0, |byte, &b| byte << 1 | u8::from(b)))
            .collect()
    }

    fn decoded(input: &[u8]) -> Result<Vec<u8>, InvalidHuffman> {
        let mut out = Vec::new();
        decode(input, &mut out, 4096).map(|_| out)
    }

    #[test]
    fn the_rfcs_examples_decode() {
        // RFC 7541, appendix C.4.1, C.4.2, C.6.1.
        for (coded, text) in [
            (
                &[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff][..],
                "www.example.com",
            ),
            (&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf][..], "no-cache"),
            (&[0x64, 0x02][..], "302"),
            (&[0xae, 0xc3, 0x77, 0x1a, 0x4b][..], "private"),
        ] {
            assert_eq!(decoded(coded).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn padding_is_short_and_of_ones_and_the_end_symbol_never_occurs() {
        assert_eq!(decoded(&[0b0000_0111]), Ok(b"0".to_vec()));
        for wrong in
            [&[0b0000_0000][..], &[0b0000_0110], &[0x07, 0xff], &[0xff], &[0xff; 4], &[0xff; 9]]
        {
            assert!(decoded(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn output_is_bounded() {
        let mut out = Vec::new();
        assert_eq!(decode(&encode(&[b'0'; 100]), &mut out, 10), Ok(false));
        assert_eq!(out.len(), 10);
    }

    proptest! {
        #[test]
        fn what_is_coded_decodes(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decoded(&encode(&text)).unwrap(), text);
        }

        #[test]
        fn whatever_decodes_is_the_one_coding_of_it(input in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(text) = decoded(&input) {
                prop_assert_eq!(encode(&text), input);
            }
        }
    }
}
