//! A first conversation.
use entrenous_testkit::pair::Pair;
#[test]
fn talk() {
    let (mut a, mut b) = Pair::established(1);
    for i in 0..10u8 {
        let m = b.seal(&[i; 100]).unwrap();
        println!("{}", m.len());
        assert_eq!(a.open(&m).unwrap().content.unwrap(), vec![i; 100]);
        let m1 = a.seal(&[i; 100]).unwrap();
        let m2 = a.seal(b"x").unwrap();
        assert_eq!(b.open(&m2).unwrap().content.unwrap(), b"x");
        assert_eq!(b.open(&m1).unwrap().content.unwrap(), vec![i; 100]);
        println!("{:?} {}", b.open(&m1), b.session.to_record().len());
        let s = b.stored(); b.restore(&s); assert_eq!(b.stored(), s);
    }
}
