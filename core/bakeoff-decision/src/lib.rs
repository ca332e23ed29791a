//! Value functions, simulation, requirements, flip points, value of information and claims.
