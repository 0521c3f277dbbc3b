//! Values on their way into a statement and out of a row, in the binary format of the protocol.
//! <https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES>

/// A parameter of a statement: its type's number, and its bytes, or that it is null.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(super) type_id: u32,
    pub(super) bytes: Option<Vec<u8>>,
}

/// The types that statements here use, by their numbers in `pg_type`.
const BOOL: u32 = 16;
const BYTEA: u32 = 17;
const INT8: u32 = 20;
const TEXT: u32 = 25;
const BYTEA_ARRAY: u32 = 1001;
const TEXT_ARRAY: u32 = 1009;
const INT8_ARRAY: u32 = 1016;

/// What can be a parameter.
pub(crate) trait IntoParameter {
    /// The number of its type.
    const TYPE: u32;
    /// The number of the type of an array of these.
    const ARRAY: u32;
    /// Its bytes.
    fn bytes(&self) -> Vec<u8>;
}

impl IntoParameter for bool {
    const TYPE: u32 = BOOL;
    const ARRAY: u32 = 1000;
    fn bytes(&self) -> Vec<u8> {
        vec![u8::from(*self)]
    }
}

impl IntoParameter for i64 {
    const TYPE: u32 = INT8;
    const ARRAY: u32 = INT8_ARRAY;
    fn bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }
}

impl IntoParameter for &str {
    const TYPE: u32 = TEXT;
    const ARRAY: u32 = TEXT_ARRAY;
    fn bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl IntoParameter for String {
    const TYPE: u32 = TEXT;
    const ARRAY: u32 = TEXT_ARRAY;
    fn bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl IntoParameter for &[u8] {
    const TYPE: u32 = BYTEA;
    const ARRAY: u32 = BYTEA_ARRAY;
    fn bytes(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl IntoParameter for Vec<u8> {
    const TYPE: u32 = BYTEA;
    const ARRAY: u32 = BYTEA_ARRAY;
    fn bytes(&self) -> Vec<u8> {
        self.clone()
    }
}

/// A value as a parameter.
pub(crate) fn of<T: IntoParameter>(value: &T) -> Parameter {
    Parameter { type_id: T::TYPE, bytes: Some(value.bytes()) }
}

/// A value, or null.
pub(crate) fn optional<T: IntoParameter>(value: Option<&T>) -> Parameter {
    Parameter { type_id: T::TYPE, bytes: value.map(IntoParameter::bytes) }
}

/// An array of one dimension.
pub(crate) fn array<T: IntoParameter>(values: &[T]) -> Parameter {
    Parameter { type_id: T::ARRAY, bytes: Some(array_bytes(values)) }
}

/// An array, or null.
pub(crate) fn optional_array<T: IntoParameter>(values: Option<&Vec<T>>) -> Parameter {
    Parameter { type_id: T::ARRAY, bytes: values.map(|values| array_bytes(values)) }
}

fn array_bytes<T: IntoParameter>(values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let dimensions = u32::from(!values.is_empty());
    // No null is in it.
    for number in [dimensions, 0, T::TYPE] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    if dimensions == 1 {
        bytes.extend_from_slice(&length(values.len()));
        // Its first index.
        bytes.extend_from_slice(&1_u32.to_be_bytes());
    }
    for value in values {
        let value = value.bytes();
        bytes.extend_from_slice(&length(value.len()));
        bytes.extend_from_slice(&value);
    }
    bytes
}

/// A length as the protocol has it. What is longer than 2 GiB, the server refuses.
pub(super) fn length(length: usize) -> [u8; 4] {
    i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes()
}

/// What a cell of a row can be read as.
pub(crate) trait FromCell: Sized {
    /// The value, or what is wrong with its bytes.
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String>;
}

fn present(cell: Option<&[u8]>) -> Result<&[u8], String> {
    cell.ok_or_else(|| "it is null".to_owned())
}

impl FromCell for i64 {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        let bytes = present(cell)?;
        let bytes = bytes.try_into().map_err(|_| format!("an integer has {} bytes", bytes.len()))?;
        Ok(Self::from_be_bytes(bytes))
    }
}

impl FromCell for bool {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        Ok(present(cell)? == [1])
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        present(cell).map(<[u8]>::to_vec)
    }
}

impl FromCell for String {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        Self::from_utf8(present(cell)?.to_vec()).map_err(|error| error.to_string())
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        cell.map(|bytes| T::from_cell(Some(bytes))).transpose()
    }
}

/// An array of one dimension.
#[derive(Debug)]
pub(crate) struct Array<T>(pub(crate) Vec<T>);

impl<T: FromCell> FromCell for Array<T> {
    fn from_cell(cell: Option<&[u8]>) -> Result<Self, String> {
        let short = || "an array ends too early".to_owned();
        let mut rest = present(cell)?;
        let dimensions = take_number(&mut rest).ok_or_else(short)?;
        let (_, _) = (take_number(&mut rest).ok_or_else(short)?, take_number(&mut rest).ok_or_else(short)?);
        let count = match dimensions {
            0 => return Ok(Self(Vec::new())),
            1 => take_number(&mut rest).ok_or_else(short)?,
            _ => return Err(format!("an array has {dimensions} dimensions")),
        };
        take_number(&mut rest).ok_or_else(short)?;
        let mut values = Vec::new();
        for _ in 0..count {
            let length = take_number(&mut rest).ok_or_else(short)?;
            let cell = match usize::try_from(length) {
                Ok(length) => Some(take(&mut rest, length).ok_or_else(short)?),
                Err(_) => None,
            };
            values.push(T::from_cell(cell)?);
        }
        Ok(Self(values))
    }
}

/// The next so many bytes.
pub(super) fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// The next number of 32 bits.
pub(super) fn take_number(rest: &mut &[u8]) -> Option<i32> {
    let bytes = take(rest, 4)?;
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_read_back() {
        let texts = vec!["a".to_owned(), String::new(), "\u{1f600}".to_owned()];
        let bytes = array(&texts).bytes;
        assert_eq!(Array::<String>::from_cell(bytes.as_deref()).unwrap().0, texts);
        let none: Vec<i64> = Vec::new();
        assert_eq!(Array::<i64>::from_cell(array(&none).bytes.as_deref()).unwrap().0, none);
    }

    #[test]
    fn bytes_that_are_cut_off_anywhere_are_refused() {
        let bytes = array(&[vec![1_u8, 2], vec![3]]).bytes.unwrap();
        for end in 0..bytes.len() {
            assert!(Array::<Vec<u8>>::from_cell(Some(&bytes[..end])).is_err(), "{end}");
        }
        assert!(i64::from_cell(Some(&[1, 2])).is_err());
        assert!(i64::from_cell(None).is_err());
        assert_eq!(Option::<i64>::from_cell(None), Ok(None));
    }
}
