//! The two numbers of an ECDSA signature on P-256, in the three forms that they are written in.

use super::wire;

/// Two numbers of 32 bytes, one after the other.
pub(super) type Fixed = [u8; 64];

/// From ASN.1, as authenticators write it (RFC 3279, section 2.2.3), in DER.
pub(super) fn from_asn1(bytes: &[u8]) -> Option<Fixed> {
    let (length, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
    // Two numbers of at most 33 bytes: the length is always written as one byte.
    if usize::from(*length) != rest.len() || rest.len() > 70 {
        return None;
    }
    let (r, rest) = asn1_number(rest)?;
    let (s, rest) = asn1_number(rest)?;
    rest.is_empty().then(|| fixed(r, s))?
}

fn asn1_number(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.strip_prefix(&[0x02])?.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// From the two numbers of SSH (RFC 5656, section 3.1.2).
pub(super) fn from_ssh(bytes: &[u8]) -> Option<Fixed> {
    let mut reader = wire::Reader(bytes);
    let (r, s) = (reader.string()?, reader.string()?);
    reader.end()?;
    fixed(r, s)
}

/// As SSH writes them.
pub(super) fn to_ssh(signature: &Fixed) -> Vec<u8> {
    let (r, s) = signature.split_at(32);
    wire::nested(&[&signed(r), &signed(s)])
}

fn fixed(r: &[u8], s: &[u8]) -> Option<Fixed> {
    let mut fixed = [0; 64];
    let (first, second) = fixed.split_at_mut(32);
    unsigned(r, first)?;
    unsigned(s, second)?;
    Some(fixed)
}

/// A positive number of two's complement, in its shortest form.
fn unsigned(number: &[u8], to: &mut [u8]) -> Option<()> {
    let digits = match number {
        [] => return None,
        [0, next, ..] if *next < 0x80 => return None,
        [0, digits @ ..] => digits,
        [first, ..] if *first >= 0x80 => return None,
        digits => digits,
    };
    let start = to.len().checked_sub(digits.len())?;
    to.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

fn signed(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    let mut signed = Vec::with_capacity(33);
    if digits.first().is_none_or(|first| *first >= 0x80) {
        signed.push(0);
    }
    signed.extend(digits);
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_asn1(signature: &Fixed) -> Vec<u8> {
        let (r, s) = signature.split_at(32);
        let number = |number: &[u8]| {
            let number = signed(number);
            [vec![0x02, u8::try_from(number.len()).unwrap()], number].concat()
        };
        let numbers = [number(r), number(s)].concat();
        [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat()
    }

    #[test]
    fn only_the_one_form_of_a_number_is_read() {
        let numbers: [&[u8]; 4] = [&[0x80], &[0x00, 0x01], &[], &[1; 33]];
        for number in numbers {
            assert_eq!(unsigned(number, &mut [0; 32]), None, "{number:02x?}");
        }
        let right = to_asn1(&[7; 64]);
        assert_eq!(from_asn1(&right), Some([7; 64]));
        assert_eq!(from_asn1(&[right.as_slice(), &[0]].concat()), None);
        assert_eq!(from_asn1(&right[..right.len() - 1]), None);
        assert_eq!(from_ssh(&[to_ssh(&[7; 64]).as_slice(), &[0]].concat()), None);
    }

    proptest::proptest! {
        #[test]
        fn each_form_gives_back_what_was_written(bytes in proptest::collection::vec(proptest::num::u8::ANY, 64), zeros in 0usize..64) {
            let mut signature = Fixed::try_from(bytes).unwrap();
            signature[..zeros].fill(0);
            // Nought is no number of a signature, and its form is not read.
            signature[31] |= 1;
            signature[63] |= 1;
            assert_eq!(from_ssh(&to_ssh(&signature)), Some(signature));
            assert_eq!(from_asn1(&to_asn1(&signature)), Some(signature));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let _ = (from_asn1(&bytes), from_ssh(&bytes));
        }
    }
}
