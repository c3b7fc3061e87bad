# Compiles src/ for aarch64 on an x86-64 Debian: the compiler and libc of the cross packages, the libraries' headers of this
# machine. Nothing can be linked, so only the modules (static libraries) are built: target `modules`.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_CXX_FLAGS_INIT "-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu")
# Imported targets would put /usr/include first and hide the cross libc.
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES /usr/include)
# The libraries' packages are those of this machine: their CMake files name a 64-bit x86 library each, which is not linked here.
set(CMAKE_LIBRARY_ARCHITECTURE x86_64-linux-gnu)
set(CMAKE_PREFIX_PATH /usr /usr/lib/x86_64-linux-gnu)
set(THREADS_PREFER_PTHREAD_FLAG OFF)
set(CMAKE_THREAD_LIBS_INIT "")
set(CMAKE_HAVE_LIBC_PTHREAD ON)
