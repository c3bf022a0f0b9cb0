// A gRPC authorization server that does nothing, on one thread of the C++ library: it neither
// parses what it is asked nor thinks. The benchmark compares with it.
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "authorization.grpc.pb.h"

namespace {

using envoy::service::auth::v3::Authorization;
using RawService = Authorization::WithRawMethod_Check<Authorization::Service>;

// One call, from waiting for it until its answer is out; it then makes way for a new one.
class Call {
 public:
  Call(RawService& service, grpc::ServerCompletionQueue& queue, const grpc::ByteBuffer& answer)
      : service_(service), queue_(queue), answer_(answer), responder_(&context_) {
    service_.RequestCheck(&context_, &request_, &responder_, &queue_, &queue_, this);
  }

  void Proceed(bool ok) {
    if (answered_ || !ok) {
      delete this;
      return;
    }
    new Call(service_, queue_, answer_);
    answered_ = true;
    responder_.Finish(answer_, grpc::Status::OK, this);
  }

 private:
  RawService& service_;
  grpc::ServerCompletionQueue& queue_;
  const grpc::ByteBuffer& answer_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder_;
  bool answered_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: noop FILE, with the serialised CheckResponse to answer\n";
    return EXIT_FAILURE;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  grpc::Slice slice(bytes);
  const grpc::ByteBuffer answer(&slice, 1);

  RawService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (server == nullptr) return EXIT_FAILURE;
  std::cout << port << std::endl;

  for (int i = 0; i < 128; ++i) new Call(service, *queue, answer);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
  return EXIT_SUCCESS;
}
