//! Headers of peers that don't encrypt them: a version byte, then protobuf fields, the ratchet key first and the index in
//! its chain after it.

/// `message` with another ratchet key, of which the key's own bytes end at `key_end`, and at another place in its chain.
pub fn replaced(message: &[u8], key_end: usize, index: Option<u64>) -> Vec<u8> {
    const KEY: usize = 32;
    const INDEX_TAG: u8 = 0x10;
    let (front, rest) = message.split_at(key_end);
    let mut forged = front.to_vec();
    rand::fill(&mut forged[key_end - KEY..]);
    // below the field's prime whatever the last byte was
    forged[key_end - 1] &= 0x3f;
    let Some(mut index) = index else {
        forged.extend_from_slice(rest);
        return forged;
    };
    assert_eq!(rest[0], INDEX_TAG);
    forged.push(INDEX_TAG);
    while index >= 0x80 {
        forged.push(0x80 | (index & 0x7f) as u8);
        index >>= 7;
    }
    forged.push(index as u8);
    let old = rest[1..].iter().position(|byte| byte & 0x80 == 0).expect("a number ends");
    forged.extend_from_slice(&rest[old + 2..]);
    forged
}
