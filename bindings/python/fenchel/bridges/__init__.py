"""What fenchel.torch and fenchel.jax share: functions of NumPy arrays with their pullbacks, and the calls that users see.

A Primitive knows a function and its vector-Jacobian product in NumPy. A Framework turns one into a function of tensors: an
autograd.Function, or a custom_vjp. Front has the users' functions, written once over any Framework.
"""
