//! Elementary functions with the same bits on every platform.
//!
//! The standard library hands `ln`, `exp`, `sin` … to the platform's C library, whose last bit depends on its
//! version and on the processor it finds (with or without FMA). Everything on the path of a digest therefore
//! calls these, which are pure Rust (`libm`) and built from operations that IEEE 754 defines exactly.
//! `clippy.toml` rejects the standard ones. Addition, subtraction, multiplication, division, square root, fused
//! multiply-add, rounding to integers and casts are exact everywhere and need no substitute.
//!
//! ```
//! use prism_core::math;
//!
//! assert_eq!(math::exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a); // not 0x…5769, on any machine
//! assert_eq!(math::min(0.0, -0.0).to_bits(), (-0.0f64).to_bits());
//! ```

mod real;

pub(crate) use real::Real;

/// One function of one argument, named as in `libm` or better.
macro_rules! unary {
    ($($(#[$doc:meta])+ $name:ident = $libm:ident;)+) => {$(
        $(#[$doc])+
        #[inline]
        pub fn $name(x: f64) -> f64 {
            libm::$libm(x)
        }
    )+};
}

unary! {
    /// Natural logarithm; NaN below zero, `-inf` at zero.
    ln = log;
    /// `ln(1 + x)`, precise for small `x`.
    log1p = log1p;
    /// Logarithm to base 2.
    log2 = log2;
    /// Logarithm to base 10.
    log10 = log10;
    /// e to the power `x`.
    exp = exp;
    /// `exp(x) - 1`, precise for small `x`.
    expm1 = expm1;
    /// Cube root.
    cbrt = cbrt;
    /// Sine of `x` radians.
    sin = sin;
    /// Cosine of `x` radians.
    cos = cos;
    /// Tangent of `x` radians.
    tan = tan;
    /// Arc tangent, in radians.
    atan = atan;
    /// Hyperbolic sine.
    sinh = sinh;
    /// Hyperbolic cosine.
    cosh = cosh;
    /// Hyperbolic tangent.
    tanh = tanh;
    /// Error function.
    erf = erf;
    /// `1 - erf(x)`, precise for large `x`; the standard normal law is below `z` with probability
    /// `erfc(-z / sqrt(2)) / 2`.
    erfc = erfc;
    /// Logarithm of the absolute value of the gamma function.
    lgamma = lgamma;
}

/// Square root, correctly rounded; NaN below zero.
#[inline]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// `x` to the power `y`.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Length of the hypotenuse, without overflow on the way.
#[inline]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// Angle of the point `(x, y)`, in radians in `[-pi, pi]`.
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// `x` to a whole power, by repeated squaring; `powi(x, 0)` is 1 for every `x`.
///
/// The sequence of multiplications is fixed, unlike that of `f64::powi`. The relative error is at most about
/// `|n|` · 2⁻⁵³.
#[inline]
pub fn powi(x: f64, n: i32) -> f64 {
    let mut left = n.unsigned_abs();
    let mut square = x;
    let mut product = 1.0;
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    if n < 0 { 1.0 / product } else { product }
}

/// The smaller of two numbers, where `-0.0` is below `0.0`. If one is NaN, the other.
#[inline]
pub fn min(a: f64, b: f64) -> f64 {
    if a < b || b.is_nan() {
        a
    } else if b < a || a.is_nan() {
        b
    } else {
        f64::from_bits(a.to_bits() | b.to_bits()) // equal: differ at most in the sign of zero
    }
}

/// The larger of two numbers, where `0.0` is above `-0.0`. If one is NaN, the other.
#[inline]
pub fn max(a: f64, b: f64) -> f64 {
    if a > b || b.is_nan() {
        a
    } else if b > a || a.is_nan() {
        b
    } else {
        f64::from_bits(a.to_bits() & b.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Correctly rounded values, computed with 50 digits (mpmath 1.3); `libm` promises less than one unit in the
    /// last place, so each is met to one unit.
    #[test]
    fn within_one_unit_of_the_true_value() {
        let cases: [(&str, f64, f64); 17] = [
            ("ln", ln(7.0), 1.945_910_149_055_313_2),
            ("log1p", log1p(1e-10), 9.999_999_999_5e-11),
            ("log2", log2(7.0), 2.807_354_922_057_604),
            ("log10", log10(7.0), 0.845_098_040_014_256_8),
            ("exp", exp(-0.7), 0.496_585_303_791_409_5),
            ("expm1", expm1(1e-10), 1.000_000_000_05e-10),
            ("pow", pow(1.1, 7.3), 2.005_241_119_382_375_4),
            ("cbrt", cbrt(10.0), 2.154_434_690_031_884),
            ("sin", sin(10.0), -0.544_021_110_889_369_8),
            ("cos", cos(10.0), -0.839_071_529_076_452_4),
            ("tanh", tanh(0.3), 0.291_312_612_451_590_9),
            ("sinh", sinh(0.3), 0.304_520_293_447_142_6),
            ("cosh", cosh(0.3), 1.045_338_514_128_860_5),
            ("erf", erf(0.5), 0.520_499_877_813_046_5),
            ("erfc", erfc(5.0), 1.537_459_794_428_035e-12),
            ("lgamma", lgamma(10.5), 13.940_625_219_403_763),
            ("hypot", hypot(1e200, 1e200), 1.414_213_562_373_095e200),
        ];
        for (name, got, want) in cases {
            let apart = (got.to_bits() as i64 - want.to_bits() as i64).abs();
            assert!(apart <= 1, "{name}: {got:e} is {apart} units from {want:e}");
        }
    }

    #[test]
    fn whole_powers() {
        for (x, n, want) in
            [(2.0, 10, 1024.0), (2.0, -2, 0.25), (-3.0, 3, -27.0), (7.0, 0, 1.0), (0.0, -1, f64::INFINITY)]
        {
            assert_eq!(powi(x, n).to_bits(), f64::to_bits(want), "{x}^{n}");
        }
        assert_eq!(powi(f64::NAN, 0).to_bits(), 1f64.to_bits());
        assert_eq!(powi(1.0, i32::MIN).to_bits(), 1f64.to_bits());
        assert!((powi(1.001, 1000) / pow(1.001, 1000.0) - 1.0).abs() < 2e-13);
    }

    #[test]
    fn order_of_zeros_and_nan() {
        let same = |a: f64, b: f64| assert_eq!(a.to_bits(), b.to_bits());
        same(min(0.0, -0.0), -0.0);
        same(min(-0.0, 0.0), -0.0);
        same(max(0.0, -0.0), 0.0);
        same(max(-0.0, 0.0), 0.0);
        same(max(-0.0, -0.0), -0.0);
        same(min(f64::NAN, 1.0), 1.0);
        same(min(1.0, f64::NAN), 1.0);
        same(max(f64::NAN, 1.0), 1.0);
        same(max(1.0, f64::NAN), 1.0);
        same(min(2.0, 1.0), 1.0);
        same(max(2.0, 1.0), 2.0);
        same(max(3.0, 3.0), 3.0);
    }
}
