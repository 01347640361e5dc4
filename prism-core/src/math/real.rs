//! A number type whose mathematics is `libm`'s, for generic code that asks for `num_traits::Float`.
//!
//! `num_traits` implements `Float` for `f64` with the standard library's functions as soon as any crate of
//! the build turns its feature `std` on. The laws of `rand_distr`, taken over this type, cannot be moved
//! that way.

use std::num::FpCategory;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use num_traits::float::FloatCore;
use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};

/// An `f64` that computes with `libm`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Real(pub(crate) f64);

macro_rules! operators {
    ($($trait:ident $method:ident $op:tt;)+) => {$(
        impl $trait for Real {
            type Output = Real;
            #[inline]
            fn $method(self, other: Real) -> Real {
                Real(self.0 $op other.0)
            }
        }
    )+};
}

operators! {
    Add add +;
    Sub sub -;
    Mul mul *;
    Div div /;
    Rem rem %;
}

impl Neg for Real {
    type Output = Real;
    #[inline]
    fn neg(self) -> Real {
        Real(-self.0)
    }
}

impl Zero for Real {
    #[inline]
    fn zero() -> Real {
        Real(0.0)
    }
    #[inline]
    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl One for Real {
    #[inline]
    fn one() -> Real {
        Real(1.0)
    }
}

impl Num for Real {
    type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Real, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Real)
    }
}

impl ToPrimitive for Real {
    #[inline]
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }
    #[inline]
    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }
    #[inline]
    fn to_f64(&self) -> Option<f64> {
        Some(self.0)
    }
}

impl NumCast for Real {
    #[inline]
    fn from<T: ToPrimitive>(n: T) -> Option<Real> {
        n.to_f64().map(Real)
    }
}

macro_rules! constants {
    ($($name:ident)+) => {
        impl FloatConst for Real {$(
            #[inline]
            fn $name() -> Real {
                Real(std::f64::consts::$name)
            }
        )+}
    };
}

constants! {
    E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8
    LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
}

/// The methods of `Float`, by kind: values without argument, tests, functions of one and of two numbers.
macro_rules! float {
    (
        values { $($value:ident = $is:expr;)+ }
        tests { $($test:ident)+ }
        unary { $($one:ident = $f:expr;)+ }
        binary { $($two:ident = $g:expr;)+ }
    ) => {
        impl Float for Real {
            $(#[inline] fn $value() -> Real { Real($is) })+
            $(#[inline] fn $test(self) -> bool { self.0.$test() })+
            $(#[inline] fn $one(self) -> Real { Real($f(self.0)) })+
            $(#[inline] fn $two(self, other: Real) -> Real { Real($g(self.0, other.0)) })+

            #[inline]
            fn classify(self) -> FpCategory {
                self.0.classify()
            }
            #[inline]
            fn mul_add(self, a: Real, b: Real) -> Real {
                Real(self.0.mul_add(a.0, b.0))
            }
            #[inline]
            fn powi(self, n: i32) -> Real {
                Real(super::powi(self.0, n))
            }
            #[inline]
            fn sin_cos(self) -> (Real, Real) {
                let (sin, cos) = libm::sincos(self.0);
                (Real(sin), Real(cos))
            }
            #[inline]
            fn integer_decode(self) -> (u64, i16, i8) {
                FloatCore::integer_decode(self.0)
            }
        }
    };
}

float! {
    values {
        nan = f64::NAN;
        infinity = f64::INFINITY;
        neg_infinity = f64::NEG_INFINITY;
        neg_zero = -0.0;
        min_value = f64::MIN;
        min_positive_value = f64::MIN_POSITIVE;
        max_value = f64::MAX;
        epsilon = f64::EPSILON;
    }
    tests { is_nan is_infinite is_finite is_normal is_subnormal is_sign_positive is_sign_negative }
    unary {
        floor = f64::floor;
        ceil = f64::ceil;
        round = f64::round;
        trunc = f64::trunc;
        fract = f64::fract;
        abs = f64::abs;
        signum = f64::signum;
        recip = f64::recip;
        sqrt = f64::sqrt;
        to_degrees = f64::to_degrees;
        to_radians = f64::to_radians;
        exp = libm::exp;
        exp2 = libm::exp2;
        ln = libm::log;
        log2 = libm::log2;
        log10 = libm::log10;
        cbrt = libm::cbrt;
        sin = libm::sin;
        cos = libm::cos;
        tan = libm::tan;
        asin = libm::asin;
        acos = libm::acos;
        atan = libm::atan;
        exp_m1 = libm::expm1;
        ln_1p = libm::log1p;
        sinh = libm::sinh;
        cosh = libm::cosh;
        tanh = libm::tanh;
        asinh = libm::asinh;
        acosh = libm::acosh;
        atanh = libm::atanh;
    }
    binary {
        powf = libm::pow;
        log = |x, base| libm::log(x) / libm::log(base);
        max = super::max;
        min = super::min;
        abs_sub = libm::fdim;
        hypot = libm::hypot;
        atan2 = libm::atan2;
        copysign = f64::copysign;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Generic code reaches `libm`, whatever `num_traits` was built with.
    #[test]
    fn generic_code_computes_with_libm() {
        fn mixed<F: Float + FloatConst>(x: F) -> F {
            x.exp() + x.ln() * x.powf(F::PI()) - x.tanh().powi(3) + x.sin_cos().0.max(F::zero()).log(F::E())
        }
        for step in 1..200i64 {
            let x = 1.5 * step as f64 / 100.0;
            let want = libm::exp(x) + libm::log(x) * libm::pow(x, std::f64::consts::PI)
                - crate::math::powi(libm::tanh(x), 3)
                + libm::log(crate::math::max(libm::sin(x), 0.0)) / libm::log(std::f64::consts::E);
            assert_eq!(mixed(Real(x)).0.to_bits(), want.to_bits(), "at {x}");
        }
    }

    #[test]
    fn converts_like_the_number_it_wraps() {
        assert_eq!(<Real as NumCast>::from(3u8), Some(Real(3.0)));
        assert_eq!(Real(-2.9).to_i64(), Some(-2));
        assert_eq!(Real(-2.9).to_u64(), None);
        assert_eq!(Real(1e300).to_u64(), None);
        assert_eq!(Float::integer_decode(Real(-1.5)), (0x18_0000_0000_0000, -52, -1));
        assert_eq!(Real(5.0) % Real(3.0), Real(2.0));
        assert!(Real::zero().is_zero() && Float::is_sign_negative(Real::neg_zero()));
    }
}
