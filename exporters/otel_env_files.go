package exporters

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
)

// maxCertificates is the size of the largest file of certificates that is read.
const maxCertificates = 1 << 20

// checkCertificates uses a file with certificates.
func checkCertificates(path string) (usable, problem string) {
	pem, err := readCertificates(path)
	switch {
	case err != nil:
		return "", "the file cannot be read, and is ignored: " + err.Error()
	case !x509.NewCertPool().AppendCertsFromPEM(pem):
		return "", "the file has no certificate in PEM, and is ignored"
	}
	return path, ""
}

// checkClientCertificates uses certificates of the client that have their keys.
func (e *otelEnv) checkClientCertificates() {
	for _, signal := range []string{"", "TRACES_", "METRICS_"} {
		names := [2]string{"OTEL_EXPORTER_OTLP_" + signal + "CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_" + signal + "CLIENT_KEY"}
		certificate, key := e.value(names[0]), e.value(names[1])
		if certificate == "" && key == "" {
			continue
		}
		problem := ""
		switch {
		case certificate == "":
			problem = "the variable is not set, and the key is ignored"
		case key == "":
			problem = "there is no key to the certificate, which is ignored"
		default:
			problem = checkKeyPair(certificate, key)
		}
		if problem != "" {
			e.warn(names[0], problem, "set it to the path of a file in PEM, and "+names[1]+" to that of its key")
			e.usable[names[0]], e.usable[names[1]] = "", ""
		}
	}
}

// checkKeyPair returns what is wrong with the files of a certificate and a key.
func checkKeyPair(certificate, key string) (problem string) {
	certificatePEM, err1 := readCertificates(certificate)
	keyPEM, err2 := readCertificates(key)
	if err := errors.Join(err1, err2); err != nil {
		return "the file or that of the key cannot be read; both are ignored"
	}
	if _, err := tls.X509KeyPair(certificatePEM, keyPEM); err != nil {
		return "the files are not a certificate and its key; both are ignored"
	}
	return ""
}

// readCertificates reads a file. Its errors do not repeat the path.
func readCertificates(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxCertificates) { // a device may have no end
		return nil, errors.New("it is not a file of certificates")
	}
	if err == nil {
		var text []byte
		if text, err = os.ReadFile(path); err == nil { //nolint:gosec // G304: the path is the administrator's
			return text, nil
		}
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, failed.Err
	}
	return nil, err
}
