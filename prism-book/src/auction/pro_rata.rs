//! Shares in proportion to size, in whole lots.

/// `size * part / whole` and the remainder, exactly; `part` is less than `whole`, which is less than 2^127.
fn share(size: u64, part: u128, whole: u128) -> (u64, u128) {
    let (mut share, mut rest) = (0, 0);
    if let Some(product) = part.checked_mul(u128::from(size)) {
        (share, rest) = (product / whole, product % whole);
    } else {
        // Long multiplication, one bit of the size at a time: nothing grows beyond twice the whole.
        for bit in (0..u64::BITS).rev() {
            (share, rest) = (share << 1, rest << 1);
            for more in [0, if size >> bit & 1 == 1 { part } else { 0 }] {
                rest += more;
                if rest >= whole {
                    rest -= whole;
                    share += 1;
                }
            }
        }
    }
    (u64::try_from(share).unwrap_or(size), rest)
}

/// Divides `lots` among orders of these sizes in proportion, when they are fewer than the sizes together. Lots
/// that do not divide go one by one to the largest remainders, the first among equals. The sum is `lots` and no
/// share is larger than its size.
pub(super) fn shares(sizes: &[u64], lots: u128) -> Vec<u64> {
    let whole = sizes.iter().map(|&size| u128::from(size)).sum();
    let exact: Vec<(u64, u128)> = sizes.iter().map(|&size| share(size, lots, whole)).collect();
    let mut shares: Vec<u64> = exact.iter().map(|&(share, _)| share).collect();
    let mut over = lots - shares.iter().map(|&share| u128::from(share)).sum::<u128>();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by(|&a, &b| exact[b].1.cmp(&exact[a].1)); // stable: the first to come among equals
    for at in by_remainder {
        if over == 0 {
            break;
        }
        shares[at] += 1;
        over -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remainders_go_to_the_largest_and_then_to_the_first() {
        assert_eq!(shares(&[5, 3, 2], 5), [3, 1, 1]); // 2.5, 1.5, 1: two equal remainders, one lot
        assert_eq!(shares(&[1, 1, 1], 2), [1, 1, 0]);
        assert_eq!(shares(&[600, 300, 100], 7), [4, 2, 1]); // 4.2, 2.1, 0.7
        assert_eq!(shares(&[10, 10], 0), [0, 0]);
    }

    #[test]
    fn the_largest_sizes_divide_exactly() {
        let size = i64::MAX as u64;
        let all = u128::from(size) * 5;
        assert_eq!(shares(&[size; 5], all - 5), [size - 1; 5]);
        assert_eq!(
            shares(&[size; 5], all / 5 * 2 + 3).iter().map(|&s| u128::from(s)).sum::<u128>(),
            all / 5 * 2 + 3
        );
    }

    proptest! {
        #[test]
        fn every_share_is_the_exact_one_rounded(
            sizes in prop::collection::vec(prop_oneof![1u64..50, 1u64..=i64::MAX as u64], 1..20),
            part in 0u64..1_000,
        ) {
            let whole: u128 = sizes.iter().map(|&s| u128::from(s)).sum();
            let lots = whole * u128::from(part) / 1_000;
            let got = shares(&sizes, lots);
            prop_assert_eq!(got.iter().map(|&s| u128::from(s)).sum::<u128>(), lots);
            for (&size, &share) in sizes.iter().zip(&got) {
                // |share * whole - size * lots| < whole, in numbers that fit: the quotients differ by less than 1.
                let ideal = size as f64 * (lots as f64 / whole as f64);
                prop_assert!(share <= size);
                prop_assert!((share as f64 - ideal).abs() <= 1.0 + ideal * 1e-12, "{share} for {ideal}");
            }
        }

        #[test]
        fn long_multiplication_agrees_with_the_short_one(
            size in 1u64..=i64::MAX as u64, part in 0u64..1_000_000, more in 1u64..1_000_000,
        ) {
            // The same fraction, once in small numbers and once in numbers whose product has over 128 bits.
            let (part, whole) = (u128::from(part), u128::from(part) + u128::from(more));
            let wide = 1u128 << 90;
            let (short, rest) = share(size, part, whole);
            let (long, wide_rest) = share(size, part * wide, whole * wide);
            prop_assert_eq!((long, wide_rest), (short, rest * wide));
        }
    }
}
