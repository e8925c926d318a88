package main

/*
#include <stdio.h>
static int answer(void) { char text[16]; return snprintf(text, sizeof text, "%d", 42); }
*/
import "C"

import "fmt"

func main() {
	fmt.Println("truth: hello from cgo", int(C.answer()))
}
