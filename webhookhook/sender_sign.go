package webhookhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers and the key's prefix of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
	keyPrefix       = "whsec_"
)

// newID returns a unique id for a message.
func newID() string { return "msg_" + rand.Text() }

// sign sets the headers of Standard Webhooks: the message's id, the time and, with
// keys, a signature. All attempts have the same id. Each has its own time and
// signature, as receivers refuse old ones.
func sign(h http.Header, id string, now time.Time, body []byte, keys [][]byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	if len(keys) == 0 {
		return
	}
	signatures := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	h.Set(headerSignature, strings.Join(signatures, " "))
}
