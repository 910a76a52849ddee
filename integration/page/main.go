package main

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"github.com/chunkscope/chunkscope/uihook"
)

// pictures are those of docs/page.md.
var pictures = []struct {
	file, path string
	runs       func(*uihook.Hook)
	look       look
}{
	{"page.png", "", nightly, look{width: 1200}},
	{"page-stuck.png", "", stuck, look{width: 1200, dark: true}},
	{"page-workers.png", "", wide, look{width: 1200}},
	{"page-compare.png", "compare?a=1&b=2", ended, look{width: 1200}},
	{"page-phone.png", "", nightly, look{width: 360, dark: true}},
}

func main() {
	out := flag.String("out", ".", "folder for the pictures")
	flag.Parse()
	if err := takePictures(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func takePictures(ctx context.Context, folder string) error {
	browser, stop, err := openBrowser(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for _, p := range pictures {
		page, err := newPage(p.runs)
		if err != nil {
			return err
		}
		server := httptest.NewServer(page)
		picture, err := takePicture(browser, server.URL+"/"+p.path, p.look)
		server.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, p.file), picture, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func takePicture(browser context.Context, address string, l look) ([]byte, error) {
	tab, stop, err := openTab(browser, address, l)
	defer stop()
	if err != nil {
		return nil, err
	}
	return chromedp.Run(tab, chromedp.FullScreenshot(100))
}
