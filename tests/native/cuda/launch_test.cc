#include "check.h"
int main() { CHECK(true); return refrain::test::report(); }
